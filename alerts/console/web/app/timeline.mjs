// @ts-check
// The timeline as an operator reads it. Carriers speak of each message several
// times; what they say is folded under the fan-out it belongs to, into one line
// that changes. What went wrong for good stays a line of its own, and says what
// it means for the desk.
import { html, useEffect, useRef } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import { person, actor, lineWords } from './lines.mjs';
import { asks, bad, standing, stateOf, unreached } from './delivery.mjs';
import { lineTime } from './clock.mjs';

/** The lines of an incident: {at, cls, by, text, more}, more being what is folded under one. */
export function rows(inc) {
  const out = [], said = reportsOf(inc), told = new Set();
  for (const l of inc.timeline) {
    if (l.what === 'retaken') continue;
    if (l.what === 'reported') { out.push(...failures(l, inc, told)); continue; }
    const batch = l.what === 'dispatched' || l.what === 'alerted' ? inc.alerts.filter(a => a.intended_at === l.at) : [];
    const asking = batch.filter(asks), telling = batch.filter(a => !asks(a));
    const text = lineWords(l, inc);
    if (l.what !== 'alerted' || !batch.length) { if (text) out.push({ at: l.at, cls: l.what, by: actor(l, inc), text }); }
    else if (asking.length) out.push({ at: l.at, cls: 'alerted', by: t('by.node'), text: t('line.asked', { who: whom(asking) }) });
    if (asking.length) out.push({ at: l.at, cls: `told ${asking.some(a => unreached(a, inc)) ? 'bad' : ''}`, by: '', text: standing(asking), more: said(asking) });
    if (telling.length) out.push({ at: l.at, cls: 'told', by: t('by.node'), text: tells(telling), more: said(telling) });
  }
  return out;
}

// Whom some messages are for, each person once: "主管 赵主任（短信、电话）".
function whom(alerts) {
  const people = new Map();
  for (const a of alerts) people.set(a.to, [...(people.get(a.to) || []), a]);
  return [...people.values()].map(of => `${word('role', of[0].role)} ${of[0].name || ''}${t('in_brackets', { what: of.map(a => word('channel', a.channel)).join(t('and')) })}`).join(t('comma'));
}

function tells(alerts) {
  const what = alerts.map(a => t('line.told', { who: a.name || word('role', a.role), what: word('text', a.kind) })).join(t('comma'));
  return `${what} · ${alerts.length === 1 ? stateOf(alerts[0]) : standing(alerts)}`;
}

function reportsOf(inc) {
  const all = inc.timeline.flatMap(l => (l.what === 'reported' && Array.isArray(l.data) ? l.data.map(r => ({ at: l.at, ...r })) : []));
  return batch => all.flatMap(r => {
    const a = batch.find(a => a.id === r.alert);
    return a ? [{ at: r.at, text: `${person(a.to, inc)} ${word('channel', a.channel)} ${stateOf({ ...a, state: r.state })}${r.code ? t('fail.why', { why: word('code', r.code) }) : ''}` }] : [];
  });
}

// Only what still holds: who has been reached another way knows all the same.
function failures(line, inc, told) {
  const out = [];
  for (const r of Array.isArray(line.data) ? line.data : []) {
    const a = inc.alerts.find(a => a.id === r.alert);
    if (!a || a.state !== r.state || !bad(a) || told.has(a.id) || (asks(a) && !unreached(a, inc)) || r.code === 'stopped') continue;
    told.add(a.id);
    out.push({ at: line.at, cls: 'bad', by: '', text: failureWords(a, r.code, inc) });
  }
  return out;
}

/** One message that nobody has, in words: who does not know, why, and what to do. */
function failureWords(a, code, inc) {
  const offer = inc.offers.find(o => o.responder === a.to);
  const call = a.phone && (!offer || offer.state === 'offered' || offer.state === 'accepted');
  return t(a.state === 'not_sent' ? 'fail.not_sent' : a.channel === 'voice' ? 'fail.rung' : 'fail.failed', { who: `${word('role', a.role)} ${person(a.to, inc)}`, channel: word('channel', a.channel), why: code ? t('fail.why', { why: word('code', code) }) : '' }) + (call ? t('fail.call', { phone: a.phone }) : '');
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
