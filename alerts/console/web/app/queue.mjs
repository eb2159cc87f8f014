// @ts-check
// The queue: who waits, who is being helped.
import { html } from '../vendor/preact.mjs';
import { t, word, holder, late } from './words.mjs';
import { reason } from './reasons.mjs';
import * as store from './store.mjs';
import { secondsLeft, since, waitsSince } from './clock.mjs';
import { priority, clock } from './icons.mjs';
import { alone, beckons, family, isOrder, untaken } from './help.mjs';
import { asks, standing, unreached } from './delivery.mjs';
import { orderStage } from './steps.mjs';
import { Fuse } from './ladder.mjs';

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

/** Late, in shape and word. */
export const lateMark = inc => inc.late_ms > 0 && html`<b class="late">${clock} ${late(inc.late_ms)}</b>`;

// Who is nearest to the door of those who go, and until when they should be there.
function goer(inc) {
  const o = ['on_scene', 'en_route', 'accepted'].map(s => inc.offers.find(o => o.state === s)).find(Boolean);
  if (!o?.name) return null;
  const s = o.lapses_at ? secondsLeft(o.lapses_at) : 0;
  return html`<span class=${o.lapses_at && s <= 0 ? 'y' : ''}>${o.name}${o.lapses_at ? ` · ${s > 0 ? t('offer.arrives', { n: Math.ceil(s / 60) }) : t('offer.late')}` : ''}</span>`;
}

function Card({ inc }) {
  const waiting = untaken(inc), lonely = alone(inc), order = isOrder(inc);
  const calls = beckons(inc, store.me), coming = [...family(inc).values()].some(c => !c.not);
  const asked = inc.alerts.filter(asks), bad = asked.some(a => unreached(a, inc));
  const cls = [`p${inc.urgency}`, waiting && !order && 'un', lonely && !waiting && 'alone', calls.length && 'calls', store.selectedID.value === inc.id && 'sel'].filter(Boolean).join(' ');
  return html`<article id=${`card-${inc.id}`} class=${`card ${cls}`}>
    <button type="button" class="card-b" aria-current=${store.selectedID.value === inc.id} onClick=${() => store.select(inc.id)}>
      <span class="r1">${priority(inc.urgency, t('level', { n: inc.urgency }))}<span class="stage">${order ? orderStage(inc) : waiting ? word('kind', inc.kind) : stage(inc)}</span>
        ${inc.pressed > 1 && html`<span class="stage hot">${t('pressed', { n: inc.pressed })}</span>`}<span class=${`age ${waiting && !order ? 'hot' : 'dim'}`}>${since(waitsSince(inc))}</span></span>
      ${inc.unknown
        ? html`<span class="nm">${title(inc)}</span><span class="ad">${personOf(inc)} · <b>${reason(inc.unknown)}</b></span>`
        : html`<span class="nm">${personOf(inc)} <small>${order && inc.service ? word('service', inc.service) : sexAge(inc)}</small></span><span class="ad">${title(inc)} ${inc.floor && html`<b>${t('floor', { n: inc.floor })}</b>`}</span>`}
      ${lateMark(inc)}
      ${lonely && !waiting && html`<span class="lonely"><b>${t('alone')}</b> ${since(inc.waiting_since)}</span>`}
      ${(inc.proposed || inc.idle_at || inc.hand_to || coming) && html`<span class="tags">
        ${inc.proposed && html`<span class="tag hot">${t('tag.proposed')}</span>`}${inc.idle_at && html`<span class="tag hot">${t('tag.idle')}</span>`}
        ${inc.hand_to && html`<span class=${`tag ${inc.hand_to === store.me ? 'hot' : ''}`}>${t('handed.other', { to: inc.hand_to })}</span>`}${coming && html`<span class="tag ok">${t('tag.family')}</span>`}</span>`}
      <span class="r3"><span>${waiting ? '#' + inc.code : holder(inc.acked?.operator)}</span>${goer(inc) || html`<span class=${bad ? 'r' : ''}>${asked.length > 0 && standing(asked)}</span>`}</span>
      ${waiting && html`<${Fuse} inc=${inc} />`}
    </button>
  </article>`;
}

let still = 0;
const hold = on => { clearTimeout(still); store.held.value = on; if (on) still = setTimeout(() => { store.held.value = false; }, 1000); };

export function Queue() {
  const { waiting, handled, orders } = store.queue.value;
  return html`<aside class="queue" aria-label=${t('queue')} onPointerMove=${() => hold(true)} onPointerLeave=${() => hold(false)}>
    <h2>${t('queue.waiting')} <b class=${`cnt ${waiting.length ? 'red' : ''}`}>${waiting.length}</b>${!store.readOnly && html`<span class="hint">${t('queue.f2')}</span>`}</h2>
    ${waiting.map(i => html`<${Card} key=${i.id} inc=${i} />`)}
    ${!waiting.length && html`<p class="none">${store.loaded.value ? t('queue.none') : t('queue.loading')}</p>`}
    <h2>${t('queue.handled')} <b class="cnt">${handled.length}</b></h2>
    ${handled.map(i => html`<${Card} key=${i.id} inc=${i} />`)}
    ${orders.length > 0 && html`<h2>${t('queue.orders')} <b class="cnt">${orders.length}</b><span class="hint">${t('queue.orders_hint')}</span></h2>`}
    ${orders.map(i => html`<${Card} key=${i.id} inc=${i} />`)}
  </aside>`;
}
