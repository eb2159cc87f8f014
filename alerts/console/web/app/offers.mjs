// @ts-check
// Who is asked and who goes: their state, how far they are, why they, and until
// when an answer is waited for; and what the operator can do about each.
import { html } from '../vendor/preact.mjs';
import { t, word, metres, minutes, whyChosen } from './words.mjs';
import { reason, spanOf } from './reasons.mjs';
import * as store from './store.mjs';
import { secondsLeft } from './clock.mjs';
import { asks, Delivery } from './delivery.mjs';
import { isOpen } from './help.mjs';
import { command, pending, tell } from './desk.mjs';

/** Asks a responder, or asks one anew. */
export async function assign(inc, responder, name) {
  const done = await command(inc, 'assign', { responder }, store.took);
  if (done) tell(t('assign.done', { who: name }));
  return done;
}

const LIVE = ['offered', 'accepted', 'en_route', 'on_scene'];

function Row({ inc, offer: o, n }) {
  const alert = o.responder && inc.alerts.findLast(a => a.role === 'responder' && a.to === o.responder && asks(a) && (a.round || 0) === (o.round || 0));
  const live = LIVE.includes(o.state), acts = isOpen(inc) && !store.readOnly;
  return html`<div class=${`offer ${live ? '' : 'out'}`} id=${`offer-${o.responder}`}>
    <span class="num">${n + 1}</span>
    <span class="who"><b>${o.name}</b> <small>${word('responder', o.kind)}${o.round > 0 ? ` · ${t('offer.again', { n: o.round + 1 })}` : ''}</small>
      <small class="why" title=${o.why}><b>${metres(o.distance_m)}</b> ${minutes(o.eta_s)}${o.why && ` · ${whyChosen(o)}`}</small></span>
    <span class="st"><span class=${`state ${o.state}`}>${o.released ? t('offer.released') : word('assignment', o.state)}</span><${Due} offer=${o} /><${Delivery} alert=${alert} />${o.outcome && html`<small class="g">${word('disposition', o.outcome)}</small>`}</span>
    ${acts && html`<span class="do">
      ${live
        ? html`<button type="button" class="urge" onClick=${() => store.ring(inc.id, o.responder)}>${o.state === 'on_scene' ? t('act.ring') : t('act.urge')}</button>`
        : html`<button type="button" class="anew" disabled=${pending.value[inc.id]} onClick=${() => assign(inc, o.responder, o.name)}>${t('act.assign_again')}</button>`}
      ${(o.state !== 'cleared' || !o.outcome) && html`<button type="button" class="for" onClick=${() => store.ring(inc.id, o.responder)}>${t('act.answer_for')}</button>`}</span>`}
  </div>`;
}

// Seconds until an offer lapses; minutes until somebody should be there.
function Due({ offer: o }) {
  if (!o.lapses_at) return null;
  const s = secondsLeft(o.lapses_at);
  if (o.state === 'offered') return html`<small class="due">${s > 0 ? t('offer.lapses', { span: s > 120 ? spanOf(s) : t('seconds', { s }) }) : t('offer.lapsing')}</small>`;
  return html`<small class="due">${s > 0 ? t('offer.arrives', { n: Math.ceil(s / 60) }) : t('offer.late')}</small>`;
}

export function Offers({ inc }) {
  const acts = isOpen(inc) && !store.readOnly;
  return html`<div class="offers"><h3>${t('going')} <b class="cnt">${inc.offers.length}</b><span class="grow"></span>
      ${acts && html`<button type="button" id="more" disabled=${pending.value[inc.id]} onClick=${async () => { if (await command(inc, 'morehelp', {}, store.took)) tell(t('more.done')); }}>${t('act.more')}${inc.more > 0 ? ` · ${inc.more}` : ''}</button>
      <button type="button" onClick=${() => store.open('assign', inc.id)}><kbd>F4</kbd> ${t('act.assign')}</button>`}</h3>
    ${inc.offers.map((o, n) => html`<${Row} key=${o.responder} inc=${inc} offer=${o} n=${n} />`)}
    ${!inc.offers.length && html`<p class="none">${inc.state === 'raised' ? t('stage.choosing') : t('going.nobody')}</p>`}
    ${inc.passed_over.length > 0 && html`<details><summary>${t('passed_over')} (${inc.passed_over.length})</summary>
      ${inc.passed_over.map(p => html`<div class="po"><b>${p.name || p.responder}</b> ${reason(p.why)}</div>`)}</details>`}
  </div>`;
}
