// @ts-check
// The timeline as an operator reads it. Carriers speak of each text several
// times; what they say is folded under the fan-out it belongs to, into one line
// that changes. What went wrong for good stays a line of its own, and says what
// it means for the desk.
import { html, useEffect, useRef } from '../vendor/preact.mjs';
import { t, word, person, actor, lineWords } from './words.mjs';
import { lineTime } from './clock.mjs';

const BAD = ['failed', 'not_sent'];

/** How some texts stand: "短信 4/5 已送达，1 失败". */
export function standing(alerts) {
  const n = s => alerts.filter(a => a.state === s).length;
  return [
    t('told', { n: n('delivered'), all: alerts.length }),
    n('failed') && t('told.failed', { n: n('failed') }),
    n('not_sent') && t('told.not_sent', { n: n('not_sent') }),
    n('ambiguous') && t('told.ambiguous', { n: n('ambiguous') }),
  ].filter(Boolean).join(t('comma'));
}

/** The lines of an incident: {at, cls, by, text, more}, more being what is folded under one. */
export function rows(inc) {
  const out = [], said = reportsOf(inc), told = new Set();
  for (const l of inc.timeline) {
    if (l.what === 'retaken') continue;
    if (l.what === 'reported') { out.push(...failures(l, inc, told)); continue; }
    const batch = l.what === 'dispatched' || l.what === 'alerted' ? inc.alerts.filter(a => a.intended_at === l.at) : [];
    const answer = l.what === 'alerted' && answered(batch, inc);
    if (answer) { out.push({ at: l.at, cls: 'told', by: t('by.node'), text: answer, more: said(batch) }); continue; }
    out.push({ at: l.at, cls: l.what, by: actor(l, inc), text: lineWords(l, inc) });
    if (batch.length) out.push({ at: l.at, cls: `told ${batch.some(a => BAD.includes(a.state)) ? 'bad' : ''}`, by: '', text: standing(batch), more: said(batch) });
  }
  return out;
}

// What answers one reply is one text; its own state says all.
function answered(batch, inc) {
  if (batch.length !== 1) return '';
  const [a] = batch, kind = word('answer', a.kind);
  return kind === a.kind ? '' : `${t('line.answered', { who: person(a.to, inc), what: kind })} · ${word('alert', a.state)}`;
}

function reportsOf(inc) {
  const all = inc.timeline.flatMap(l => (l.what === 'reported' && Array.isArray(l.data) ? l.data.map(r => ({ at: l.at, ...r })) : []));
  return batch => all.filter(r => batch.some(a => a.id === r.alert)).map(r => ({ at: r.at, text: `${person(inc.alerts.find(a => a.id === r.alert)?.to, inc)} ${word('alert', r.state)}${r.code ? t('fail.why', { why: word('code', r.code) }) : ''}` }));
}

// Only what still holds: a text that failed and was delivered all the same is delivered.
function failures(line, inc, told) {
  const out = [];
  for (const r of Array.isArray(line.data) ? line.data : []) {
    const a = inc.alerts.find(a => a.id === r.alert);
    if (!a || !BAD.includes(r.state) || a.state !== r.state || told.has(a.id)) continue;
    told.add(a.id);
    out.push({ at: line.at, cls: 'bad', by: '', text: failureWords(a, r.code, inc) });
  }
  return out;
}

/** One text that nobody has, in words: who does not know, why, and what to do. */
function failureWords(a, code, inc) {
  const offer = inc.offers.find(o => o.responder === a.to);
  const why = code ? t('fail.why', { why: word('code', code) }) : '';
  const call = !offer || offer.state === 'offered' || offer.state === 'accepted';
  return t(a.state === 'failed' ? 'fail.failed' : 'fail.not_sent', { who: `${word('role', a.role)} ${person(a.to, inc)}`, why }) + (call && a.phone ? t('fail.call', { phone: a.phone }) : '');
}

export function Timeline({ inc }) {
  const ref = useRef(/** @type {any} */ (null)), follow = useRef(true);
  const list = rows(inc);
  useEffect(() => { follow.current = true; }, [inc.id]);
  // The newest is in view, unless somebody has gone back to read.
  useEffect(() => { if (ref.current && follow.current) ref.current.scrollTop = ref.current.scrollHeight; }, [inc.id, list.length]);
  const moved = e => { const b = e.currentTarget; follow.current = b.scrollHeight - b.scrollTop - b.clientHeight < 30; };
  return html`<div class="log" role="log" ref=${ref} tabindex="0" onScroll=${moved}>${list.map((r, n) => {
    const head = html`<time>${lineTime(r.at)}</time>${r.by && html`<b>${r.by}</b> `}${r.text}`;
    return r.more?.length
      ? html`<details key=${n} class=${cls(r)}><summary>${head}</summary>${r.more.map(m => html`<div><time>${lineTime(m.at)}</time>${m.text}</div>`)}</details>`
      : html`<div key=${n} class=${cls(r)}>${head}</div>`;
  })}</div>`;
}

const cls = r => r.cls.split(' ').filter(Boolean).map(c => `l-${c}`).join(' ');
