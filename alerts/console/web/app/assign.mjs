// @ts-check
// Assigning by hand: who is near and free, best first and with the reasons, and
// who is near and not free, with theirs. The operator may choose either.
import { html, useEffect, useRef, useState } from '../vendor/preact.mjs';
import { t, word, metres, minutes, whyChosen } from './words.mjs';
import { reason } from './reasons.mjs';
import * as store from './store.mjs';
import { pending } from './desk.mjs';
import { Cancel, Dialog, Gone, leave } from './dialog.mjs';
import { assign } from './offers.mjs';

const TAKEN = ['is asked already', 'is being asked'];

export function Assign({ id }) {
  const inc = store.incidents.value.get(id);
  const [near, setNear] = useState(/** @type {any} */ (null));
  const first = useRef(/** @type {any} */ (null));
  useEffect(() => {
    const away = new AbortController();
    fetch(`/v1/incidents/${encodeURIComponent(id)}/candidates`, { cache: 'no-store', signal: AbortSignal.any([away.signal, AbortSignal.timeout(8000)]) })
      .then(async res => setNear(res.ok ? await res.json() : { failed: true }))
      .catch(() => { if (!away.signal.aborted) setNear({ failed: true }); });
    return () => away.abort();
  }, [id]);
  useEffect(() => { first.current?.focus(); }, [near]);
  if (!inc) return html`<${Gone} name="assign" title=${t('assign.title')} />`;
  const choose = async (responder, name) => { if (await assign(inc, responder, name)) leave(); };
  const busy = pending.value[inc.id];
  return html`<${Dialog} name="assign" title=${t('assign.title')} inc=${inc}>
    ${!near && html`<p class="none">${t('queue.loading')}</p>`}
    ${near?.failed && html`<p class="banner must">${t('assign.failed')}</p>`}
    ${near?.candidates && html`<div class="near">
      ${near.candidates.map((o, n) => html`<div class="offer" key=${o.responder}>
        <span class="who"><b>${o.name}</b> <small>${word('responder', o.kind)}</small><small class="why" title=${o.why}>${whyChosen(o)}</small></span>
        <span class="dist"><b>${metres(o.distance_m)}</b><small>${minutes(o.eta_s)}</small></span>
        <button type="button" ref=${n ? null : first} id=${`assign-${o.responder}`} disabled=${busy} onClick=${() => choose(o.responder, o.name)}>${t('act.assign_one')}</button></div>`)}
      ${!near.candidates.length && html`<p class="none">${t(inc.lat === undefined ? 'assign.no_place' : 'assign.nobody')}</p>`}
      ${near.passed_over.length > 0 && html`<h3>${t('assign.busy')}</h3>`}
      ${near.passed_over.map(p => html`<div class="offer out" key=${p.responder}><span class="who"><b>${p.name || p.responder}</b> <small class="y">${reason(p.why)}</small></span>
        ${!TAKEN.includes(p.why) && html`<button type="button" disabled=${busy} onClick=${() => choose(p.responder, p.name || p.responder)}>${t('act.assign_anyway')}</button>`}</div>`)}
    </div>`}
    <p class="hint">${t('assign.hint')}</p>
    <div class="row"><${Cancel} /></div><//>`;
}
