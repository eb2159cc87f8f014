// @ts-check
// The queue: who waits, who is being helped.
import { html, useLayoutEffect, useRef } from '../vendor/preact.mjs';
import { t, word, late, reason } from './words.mjs';
import * as store from './store.mjs';
import { now, since, waitsSince } from './clock.mjs';
import { priority, clock } from './icons.mjs';
import { standing } from './timeline.mjs';

// A wall shows no person: what is left is the kind of call and the area.
/** Where, in a line. Nobody is known behind a strange key: then its id leads, being all there is to ask about. */
export const title = inc => inc.address || (inc.unknown ? `${t('device')} ${inc.device}` : store.readOnly ? inc.area || '' : inc.device);
export const personOf = inc => inc.name || (store.readOnly ? word('kind', inc.kind) : t('unknown.person'));
export const sexAge = inc => [inc.sex && word('sex', inc.sex), inc.age && t('age', { n: inc.age })].filter(Boolean).join(' ');
/** Whom a command or a bar is about, in a word or two. */
export const nameOf = inc => inc.name || (inc.device ? `${t('device')} ${inc.device}` : personOf(inc));
/** Where the newest press that says so was made. */
export const pressedAt = inc => inc.presses.findLast(p => p.lat !== undefined);
export const coordinates = p => `${p.lat.toFixed(5)}, ${p.lon.toFixed(5)}`;

/** How far help has come, from the furthest responder. */
export function stage(inc) {
  const states = inc.offers.map(o => o.state);
  for (const s of ['on_scene', 'en_route', 'accepted']) if (states.includes(s)) return word('assignment', s);
  if (states.includes('cleared')) return word('assignment', 'cleared');
  if (!inc.offers.length) return inc.state === 'raised' ? t('stage.choosing') : t('stage.desk');
  return t('stage.waiting');
}

// The texts of the alarm; those that only answer a reply do not count here.
const alarmTexts = inc => inc.alerts.filter(a => word('answer', a.kind) === a.kind);

/** Late, in shape and word. */
export const lateMark = inc => inc.late_ms > 0 && html`<b class="late">${clock} ${late(inc.late_ms)}</b>`;

function Card({ inc }) {
  const waiting = !inc.acked && inc.kind !== 'test';
  const age = (now.value - Date.parse(inc.raised_at)) / 1000;
  const texts = alarmTexts(inc), bad = texts.some(a => a.state === 'not_sent' || a.state === 'failed');
  return html`<article id=${`card-${inc.id}`} class=${`card p${inc.urgency} ${waiting ? 'un' : ''} ${store.selectedID.value === inc.id ? 'sel' : ''}`}>
    <button type="button" class="card-b" aria-current=${store.selectedID.value === inc.id} onClick=${() => store.select(inc.id)}>
      <span class="r1">${priority(inc.urgency, t('level', { n: inc.urgency }))}<span class="stage">${waiting ? word('kind', inc.kind) : stage(inc)}</span>
        ${inc.pressed > 1 && html`<span class="stage hot">${t('pressed', { n: inc.pressed })}</span>`}<span class=${`age ${waiting ? 'hot' : 'dim'}`}>${since(waitsSince(inc))}</span></span>
      ${inc.unknown
        ? html`<span class="nm">${title(inc)}</span><span class="ad">${personOf(inc)} · <b>${reason(inc.unknown)}</b></span>`
        : html`<span class="nm">${personOf(inc)} <small>${sexAge(inc)}</small></span><span class="ad">${title(inc)} ${inc.floor && html`<b>${t('floor', { n: inc.floor })}</b>`}</span>`}
      ${lateMark(inc)}
      <span class="r3"><span>${waiting ? '#' + inc.code : inc.acked?.operator || ''}</span><span class=${bad ? 'r' : ''}>${texts.length > 0 && standing(texts)}</span></span>
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
