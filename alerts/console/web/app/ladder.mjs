// @ts-check
// What happens by itself while no operator takes a call: the plan's deadlines,
// run down on the server's clock. Facts move the steps, the clock only the bar.
import { html, useLayoutEffect, useRef } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import { now } from './clock.mjs';
import { untaken, alone } from './help.mjs';

/** The step that comes next: {deed, at, from}, or null. Nothing is due while somebody is on the way. */
export function nextStep(inc) {
  if (!untaken(inc) || !alone(inc)) return null;
  const step = inc.desk_steps[inc.desk_step || 0];
  if (!step) return null;
  const before = inc.desk_step ? inc.desk_steps[inc.desk_step - 1] : null;
  return { deed: step.deed, at: Date.parse(step.at), from: before ? Date.parse(before.at) : Date.parse(inc.raised_at) };
}

const left = step => Math.max(0, Math.ceil((step.at - now.value) / 1000));
const share = step => Math.max(0, Math.min(1, (now.value - step.from) / Math.max(1, step.at - step.from)));

// The width is set on the element, since the policy allows no style attribute.
function Fill({ part }) {
  const ref = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => { if (ref.current) ref.current.style.width = `${100 * part}%`; });
  return html`<i ref=${ref}></i>`;
}

/** On a card: what is next, and a bar that fills towards it. */
export function Fuse({ inc }) {
  const step = nextStep(inc), last = inc.escalations.findLast(e => e.ladder === 'desk');
  if (!step && !last) return null;
  return html`<span class="fuse">${last && html`<b>${t('ladder.did', { deed: word('deed', last.deed) })}</b>`}${step && html`<span>${t('ladder.next', { s: left(step), deed: word('deed', step.deed) })}</span>`}</span>
    <span class="track"><${Fill} part=${step ? share(step) : 1} /></span>`;
}

/** In the middle: all steps, those done, the next one filling, and those to come. */
export function Rungs({ inc }) {
  if (!untaken(inc) || !inc.desk_steps.length) return null;
  const step = nextStep(inc), done = inc.desk_step || 0;
  return html`<ol class="rungs" aria-label=${t('ladder')}>${inc.desk_steps.map((s, n) => html`<li class=${n < done ? 'd' : step && n === done ? 'now' : ''}>
    ${step && n === done && html`<${Fill} part=${share(step)} />`}<span>${n < done ? word('deed', s.deed) : t('ladder.at', { s: Math.round((Date.parse(s.at) - Date.parse(inc.raised_at)) / 1000), deed: word('deed', s.deed) })}</span></li>`)}</ol>`;
}
