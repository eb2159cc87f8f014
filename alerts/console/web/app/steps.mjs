// @ts-check
// How far a call has come: from the key to the end, by the furthest responder.
import { html } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import { momentTime, waitsSince } from './clock.mjs';
import { furthest, isOrder } from './help.mjs';

export function Steps({ inc }) {
  const steps = isOrder(inc) ? order(inc) : call(inc);
  const next = steps.findIndex(s => !s[1]);
  return html`<ol class="steps">${steps.map(([text, done], n) => html`<li class=${done ? 'd' : n === next ? 'now' : ''} aria-current=${n === next ? 'step' : undefined}>${text}</li>`)}</ol>`;
}

const pressed = inc => t('step.pressed', { at: momentTime(waitsSince(inc), inc.raised_at) });

function call(inc) {
  const far = furthest(inc), over = inc.state === 'closed';
  const asked = inc.dispatched_at && inc.offers.length > 0;
  // Nobody accepted and it is over all the same: those steps were not taken.
  return [
    [pressed(inc), true],
    [asked ? t('step.dispatched', { s: ((Date.parse(inc.dispatched_at) - Date.parse(inc.raised_at)) / 1000).toFixed(1) }) : t('step.dispatch'), asked],
    [t('step.accepted'), far >= 1],
    [t('step.en_route'), far >= 2],
    [t('step.scene'), far >= 3],
    [t('step.closed'), over],
  ];
}

/** A work order: had, given to somebody, done, and called back. */
function order(inc) {
  const far = furthest(inc), done = inc.visits.length > 0;
  return [[pressed(inc), true], [t('order.given'), far >= 1], [t('order.done'), done], [t('order.called_back'), done && inc.called_back], [t('step.closed'), inc.state === 'closed']];
}

/** The word of an order's furthest step, for its card. */
export function orderStage(inc) {
  return word('order', inc.visits.length ? (inc.called_back ? 'called_back' : 'call_back') : furthest(inc) ? 'given' : 'new');
}
