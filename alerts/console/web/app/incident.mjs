// @ts-check
// The incident in the middle: where, who, how long; who is going and why; what happened.
import { html } from '../vendor/preact.mjs';
import { t, word, metres, minutes, whyChosen, reason, defect } from './words.mjs';
import * as store from './store.mjs';
import { since, momentTime, waitsSince } from './clock.mjs';
import { command, pending } from './desk.mjs';
import { priority } from './icons.mjs';
import { title, personOf, sexAge, lateMark, pressedAt, coordinates } from './queue.mjs';
import { Timeline } from './timeline.mjs';
import { Schematic } from './schematic.mjs';

export function Incident() {
  const inc = store.selected.value;
  if (!inc) return html`<main class="mid empty"><div><p class="calm">${t('calm')}</p><p>${t('calm.hint')}</p></div></main>`;
  return html`<main class="mid">
    <${Head} inc=${inc} />
    <section class="going" aria-label=${t('going')}>
      <${Schematic} inc=${inc} />
      <${Offers} inc=${inc} />
    </section>
    <section class="tl" aria-label=${t('timeline')}>
      <${Timeline} inc=${inc} />
      ${!store.readOnly && inc.state !== 'closed' && html`<${NoteBox} inc=${inc} key=${inc.id} />`}
    </section>
  </main>`;
}

function Head({ inc }) {
  const waiting = !inc.acked && inc.state !== 'closed';
  const state = inc.state === 'closed' ? word('disposition', inc.ended?.disposition) : inc.acked ? t('acked.by', { by: inc.acked.operator, s: since(inc.raised_at, inc.acked.at) }) : t('acked.no');
  const at = pressedAt(inc), faults = [...new Set(inc.presses.map(p => p.defect).filter(Boolean))];
  return html`<section class=${`inc p${inc.urgency} ${waiting ? 'un' : ''}`} role="alert" key=${inc.id}>
    <div class="big">${priority(inc.urgency, t('level', { n: inc.urgency }), 'xl')}
      <div class="where"><h1>${title(inc)} ${inc.unknown && html`<em>${reason(inc.unknown)}</em>`}${inc.floor && html`<em>${t('floor', { n: inc.floor })}</em>`}</h1>
        <p>${personOf(inc)}${inc.unknown && !inc.address ? ` · ${t('unknown.place')}` : ''} ${sexAge(inc)} <b>${word('kind', inc.kind)}</b> <span class="code">${t('code')} ${inc.code}</span>
          ${inc.pressed > 1 && html` <b class="again">${t('pressed', { n: inc.pressed })}</b>`}
          ${lateMark(inc)}</p>
        ${inc.unknown && at && html`<p class="spot">${t('position.device')} <b>${coordinates(at)}</b></p>`}</div>
      <div class="timer"><b>${since(waitsSince(inc), inc.ended?.at)}</b><small class=${waiting ? 'hot' : ''}>${state}</small></div></div>
    ${(inc.unknown || inc.desk) && html`<p class="desk-must">${t('desk.must')} ${reason(inc.unknown || inc.desk)}${inc.unknown ? t('desk.find_out') : ''}</p>`}
    ${faults.map(f => html`<p class="desk-must" key=${f}>${defect(f)}</p>`)}
    <${Steps} inc=${inc} />
  </section>`;
}

function Steps({ inc }) {
  const has = s => inc.timeline.some(l => l.what === s);
  const reached = s => inc.offers.some(o => s.includes(o.state));
  const steps = [
    [t('step.pressed', { at: momentTime(waitsSince(inc), inc.raised_at) }), true],
    [inc.dispatched_at ? t('step.dispatched', { s: ((Date.parse(inc.dispatched_at) - Date.parse(inc.raised_at)) / 1000).toFixed(1) }) : t('step.dispatch'), Boolean(inc.dispatched_at)],
    [inc.acked ? t('step.acked') : t('step.ack'), Boolean(inc.acked)],
    [t('step.accepted'), reached(['accepted', 'en_route', 'on_scene', 'cleared'])],
    [t('step.scene'), has('on_scene') || reached(['on_scene', 'cleared'])],
    [t('step.closed'), inc.state === 'closed'],
  ];
  const next = steps.findIndex(s => !s[1]);
  return html`<ol class="steps">${steps.map(([text, done], n) => html`<li class=${done ? 'd' : n === next ? 'now' : ''}>${text}</li>`)}</ol>`;
}

/** The state of a message in a word; a message nobody sent must not look like one under way. */
export function Delivery({ alert }) {
  if (!alert) return null;
  const colour = { delivered: 'g', failed: 'r', not_sent: 'r', ambiguous: 'y' }[alert.state] || 'y';
  return html`<span class=${`sms ${colour}`}>${word('channel', alert.channel)} ${word('alert', alert.state)}${alert.code && html`<small title=${alert.code}>${word('code', alert.code)}</small>`}</span>`;
}

function Offers({ inc }) {
  const alertOf = o => inc.alerts.filter(a => a.role === 'responder' && a.to === o.responder).at(-1);
  return html`<div class="offers"><h3>${t('going')} <b class="cnt">${inc.offers.length}</b></h3>
    ${inc.offers.map((o, n) => html`<div class="offer" key=${o.responder}>
      <span class="num">${n + 1}</span>
      <span class="who"><b>${o.name}</b> <small>${word('responder', o.kind)}</small><small class="why" title=${o.why}>${whyChosen(o)}</small></span>
      <span class="dist"><b>${metres(o.distance_m)}</b><small>${minutes(o.eta_s)}</small></span>
      <span class="st"><span class=${`state ${o.state}`}>${word('assignment', o.state)}</span><${Delivery} alert=${alertOf(o)} /></span>
      <a class="call" href=${`tel:${o.phone}`}>${o.phone}</a>
    </div>`)}
    ${!inc.offers.length && html`<p class="none">${inc.state === 'raised' ? t('stage.choosing') : t('going.nobody')}</p>`}
    ${inc.passed_over.length > 0 && html`<details><summary>${t('passed_over')} (${inc.passed_over.length})</summary>
      ${inc.passed_over.map(p => html`<div class="po"><b>${p.name || p.responder}</b> ${reason(p.why)}</div>`)}</details>`}
  </div>`;
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
