// @ts-check
// The incident in the middle: where, who, how long; who is going and why; what happened.
import { html } from '../vendor/preact.mjs';
import { t, word, holder } from './words.mjs';
import { reason } from './reasons.mjs';
import * as store from './store.mjs';
import { since, waitsSince } from './clock.mjs';
import { command, pending } from './desk.mjs';
import { priority } from './icons.mjs';
import { isOpen, isOrder, untaken } from './help.mjs';
import { title, personOf, sexAge, lateMark, pressedAt, coordinates } from './queue.mjs';
import { Steps } from './steps.mjs';
import { Rungs } from './ladder.mjs';
import { Banners } from './banners.mjs';
import { Offers } from './offers.mjs';
import { Timeline } from './timeline.mjs';
import { Schematic } from './schematic.mjs';
import { Members } from './members.mjs';

export function Incident() {
  const inc = store.selected.value;
  if (!inc) return html`<main class="mid empty"><div><p class="calm">${t('calm')}</p><p>${t('calm.hint')}</p></div></main>`;
  return html`<main class="mid">
    <${Head} inc=${inc} />
    <section class="going" aria-label=${t('going')}>
      ${inc.members?.length ? html`<${Members} inc=${inc} />` : html`<${Schematic} inc=${inc} />`}
      <${Offers} inc=${inc} />
    </section>
    <section class="tl" aria-label=${t('timeline')}>
      <${Timeline} inc=${inc} />
      ${!store.readOnly && isOpen(inc) && html`<${NoteBox} inc=${inc} key=${inc.id} />`}
    </section>
  </main>`;
}

function Head({ inc }) {
  const waiting = untaken(inc), at = pressedAt(inc);
  const ack = inc.acked && { by: holder(inc.acked.operator), s: since(inc.raised_at, inc.acked.at) };
  const taken = isOrder(inc) ? (ack ? t('acked.order', ack) : t('acked.no_order')) : ack ? t('acked.by', ack) : t('acked.no');
  const state = isOpen(inc) ? taken : word('disposition', inc.ended?.disposition);
  return html`<section class=${`inc p${inc.urgency} ${waiting ? 'un' : ''}`} key=${inc.id}>
    <div class="big">${priority(inc.urgency, t('level', { n: inc.urgency }), 'xl')}
      <div class="where" role="alert"><h1>${title(inc)} ${inc.unknown && html`<em>${reason(inc.unknown)}</em>`}${inc.floor && html`<em>${t('floor', { n: inc.floor })}</em>`}</h1>
        <p>${personOf(inc)}${inc.unknown && !inc.address ? ` · ${t('unknown.place')}` : ''} ${sexAge(inc)} <b>${word('kind', inc.kind)}${inc.service ? ` · ${word('service', inc.service)}` : ''}</b> <span class="code">${t('code')} ${inc.code}</span>
          ${inc.pressed > 1 && html` <b class="again">${t('pressed', { n: inc.pressed })}</b>`}
          ${lateMark(inc)}</p>
        ${inc.unknown && at && html`<p class="spot">${t('position.device')} <b>${coordinates(at)}</b></p>`}</div>
      <div class="timer"><b>${since(waitsSince(inc), inc.ended?.at)}</b><small class=${waiting ? 'hot' : ''}>${state}</small>
        ${isOpen(inc) && inc.acked && inc.acked.operator !== store.me && !store.readOnly && html`<button type="button" id="takeover" onClick=${() => store.open('takeover', inc.id)}>${t('act.takeover')}</button>`}</div></div>
    <${Banners} inc=${inc} />
    <${Steps} inc=${inc} />
    <${Rungs} inc=${inc} />
  </section>`;
}

function NoteBox({ inc }) {
  const send = async e => {
    e?.preventDefault();
    const text = (store.drafts.value[inc.id] || '').trim();
    if (text && await command(inc, 'note', { text }, store.apply)) store.drafts.value = { ...store.drafts.value, [inc.id]: '' };
  };
  // Enter belongs to the input method while it is composing.
  const key = e => { if (e.key === 'Enter' && (e.isComposing || e.keyCode === 229)) e.preventDefault(); };
  return html`<form class="note" onSubmit=${send}>
    <input id="note" maxlength="600" autocomplete="off" placeholder=${t('note.hint')} aria-label=${t('note')} value=${store.drafts.value[inc.id] || ''} onKeyDown=${key}
      onInput=${e => { store.drafts.value = { ...store.drafts.value, [inc.id]: e.target.value }; }} />
    <button type="submit" disabled=${pending.value[inc.id]}>${t(pending.value[inc.id] ? 'sending' : 'send')}</button>
  </form>`;
}
