// @ts-check
// The queue: who waits, who is being helped.
import { html, useLayoutEffect, useRef } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import * as store from './store.mjs';
import { now, since } from './clock.mjs';
import { priority } from './icons.mjs';

export const title = inc => inc.address || (inc.unknown ? t('unknown.place') : inc.device);
export const personOf = inc => inc.name || t('unknown.person');
export const sexAge = inc => [inc.sex && word('sex', inc.sex), inc.age && t('age', { n: inc.age })].filter(Boolean).join(' ');

/** How far help has come, from the furthest responder. */
export function stage(inc) {
  const states = inc.offers.map(o => o.state);
  for (const s of ['on_scene', 'en_route', 'accepted']) if (states.includes(s)) return word('assignment', s);
  if (states.includes('cleared')) return word('assignment', 'cleared');
  if (!inc.offers.length) return inc.state === 'raised' ? t('stage.choosing') : t('stage.desk');
  return t('stage.waiting');
}

/** How the messages stand, in one short line. */
export function told(inc) {
  if (!inc.alerts.length) return '';
  const n = s => inc.alerts.filter(a => a.state === s).length;
  if (n('not_sent')) return t('told.not_sent', { n: n('not_sent') });
  if (n('failed')) return t('told.failed', { n: n('failed') });
  return t('told', { n: n('delivered'), all: inc.alerts.length });
}

function Card({ inc }) {
  const waiting = !inc.acked && inc.kind !== 'test';
  const age = (now.value - Date.parse(inc.raised_at)) / 1000;
  const bad = inc.alerts.some(a => a.state === 'not_sent' || a.state === 'failed');
  return html`<article id=${`card-${inc.id}`} class=${`card p${inc.urgency} ${waiting ? 'un' : ''} ${store.selectedID.value === inc.id ? 'sel' : ''}`}>
    <button type="button" class="card-b" aria-current=${store.selectedID.value === inc.id} onClick=${() => store.select(inc.id)}>
      <span class="r1">${priority(inc.urgency, t('level', { n: inc.urgency }))}<span class="stage">${waiting ? word('kind', inc.kind) : stage(inc)}</span>
        ${inc.pressed > 1 && html`<span class="stage hot">${t('pressed', { n: inc.pressed })}</span>`}<span class=${`age ${waiting ? 'hot' : 'dim'}`}>${since(inc.raised_at)}</span></span>
      <span class="nm">${personOf(inc)} <small>${sexAge(inc)}</small></span>
      <span class="ad">${title(inc)} ${inc.floor && html`<b>${t('floor', { n: inc.floor })}</b>`}</span>
      <span class="r3"><span>${waiting ? '#' + inc.code : inc.acked?.operator || ''}</span><span class=${bad ? 'r' : ''}>${told(inc)}</span></span>
      ${waiting && html`<${Progress} age=${age} />`}
    </button>
  </article>`;
}

// Fills in 30 s, towards the supervisor. The width is set on the element, since the policy allows no style attribute.
function Progress({ age }) {
  const ref = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => { if (ref.current) ref.current.style.width = `${Math.max(0, Math.min(100, age / 0.3))}%`; });
  return html`<span class="track"><i ref=${ref}></i></span>`;
}

let still = 0;
const hold = on => { clearTimeout(still); store.held.value = on; if (on) still = setTimeout(() => { store.held.value = false; }, 1000); };

export function Queue() {
  const { waiting, handled } = store.queue.value;
  return html`<aside class="queue" aria-label=${t('queue')} onPointerMove=${() => hold(true)} onPointerLeave=${() => hold(false)}>
    <h2>${t('queue.waiting')} <b class=${`cnt ${waiting.length ? 'red' : ''}`}>${waiting.length}</b>${!store.readOnly && html`<span class="hint">${t('queue.f2')}</span>`}</h2>
    ${waiting.map(i => html`<${Card} key=${i.id} inc=${i} />`)}
    ${!waiting.length && html`<p class="none">${store.loaded.value ? t('queue.none') : t('queue.loading')}</p>`}
    <h2>${t('queue.handled')} <b class="cnt">${handled.length}</b></h2>
    ${handled.map(i => html`<${Card} key=${i.id} inc=${i} />`)}
  </aside>`;
}
