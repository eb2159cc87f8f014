// @ts-check
// The end of a shift: what each operator has in hand and what is outstanding on
// it. Handing over asks somebody by name; it changes hands when they take it.
import { html, useEffect, useState } from '../vendor/preact.mjs';
import { t, word, holder } from './words.mjs';
import * as store from './store.mjs';
import { clockTime, since } from './clock.mjs';
import { sendTwice, tell } from './desk.mjs';
import { Cancel, Dialog } from './dialog.mjs';
import { take } from './takeover.mjs';

async function load() {
  const res = await fetch('/v1/handover', { cache: 'no-store', signal: AbortSignal.timeout(8000) });
  if (!res.ok) throw new Error(`handover ${res.status}`);
  return (await res.json()).hands;
}

export function HandOver() {
  const [hands, setHands] = useState(/** @type {any[] | null} */ (null));
  const [to, setTo] = useState(''), [note, setNote] = useState(''), [busy, setBusy] = useState(false);
  const again = () => load().then(setHands, () => { tell(t('cmd.lost'), true); setHands(hands || []); });
  useEffect(() => { again(); }, []);
  const others = store.operators.value.map(o => o.name).filter(n => n !== store.me);
  const mine = hands?.find(h => h.operator === store.me), theirs = (hands || []).filter(h => h.operator !== store.me);
  const during = work => async e => {
    e?.preventDefault();
    setBusy(true);
    try { await work(); } catch { tell(t('cmd.lost'), true); } finally { setBusy(false); again(); }
  };
  const give = during(async () => {
    const answer = await sendTwice('/v1/handover', { to, note });
    if (answer.status !== 200 || answer.data.failed.length) tell(t('handover.failed'), true);
    else { tell(to ? t('handover.asked', { to }) : t('handover.noted')); setNote(''); }
  });
  const takeAll = hand => during(async () => {
    for (const { id } of hand.incidents) {
      const inc = store.incidents.value.get(id);
      if (inc?.acked?.operator === hand.operator) await take(inc, word('because', 'shift'));
    }
  });
  return html`<${Dialog} name="handover" title=${t('handover.title')}>
    ${!hands && html`<p class="none">${t('queue.loading')}</p>`}
    <h3>${t('handover.mine')} <b class="cnt">${mine?.incidents.length || 0}</b></h3>
    ${mine ? html`<${List} hand=${mine} /><form onSubmit=${give}>
      <label class="close-note">${t('handover.to')}<select id="hand-to" value=${to} onChange=${e => setTo(e.target.value)}><option value="">${t('handover.nobody')}</option>${others.map(n => html`<option key=${n} value=${n}>${n}</option>`)}</select></label>
      <label class="close-note">${t('handover.note')}<input value=${note} maxlength="600" onInput=${e => setNote(e.target.value)} /></label>
      <div class="row"><button type="submit" class="b hot" id="hand-do" disabled=${busy || (!to && !note.trim())}>${to ? t('handover.give', { to }) : t('handover.leave')}</button></div></form>` : hands && html`<p class="none">${t('handover.none')}</p>`}
    ${theirs.map(h => html`<section key=${h.operator}><h3>${holder(h.operator)} <b class="cnt">${h.incidents.length}</b><span class="grow"></span>
      <button type="button" class="take-all" disabled=${busy} onClick=${takeAll(h)}>${t('handover.take_all')}</button></h3><${List} hand=${h} /></section>`)}
    <div class="row"><${Cancel} words=${t('dismiss')} /></div><//>`;
}

function List({ hand }) {
  return html`<ul class="hand">${hand.incidents.map(i => html`<li key=${i.id}><b>${i.name || word('kind', i.kind)}</b> <small>${t('code')} ${i.code} · ${word('kind', i.kind)} · ${since(i.raised_at)}${i.address ? ` · ${i.address}` : ''}${i.hand_to ? ` · ${t('handed.other', { to: i.hand_to })}` : ''}</small>
    <span class="open">${i.outstanding.map(o => html`<span key=${o.what + o.who} class=${`tag ${o.what}`}>${word('outstanding', o.what)}${o.who ? ` ${o.who}` : ''}${o.at ? ` ${clockTime(o.at)}` : ''}</span>`)}</span></li>`)}</ul>`;
}
