// @ts-check
// The telephone panel: whom to call, what became of the call, and what they said.
// It is not modal: who telephones reads the incident and takes new calls beside it.
import { html, useLayoutEffect, useRef, useState } from '../vendor/preact.mjs';
import { t, word } from './words.mjs';
import * as store from './store.mjs';
import { command, pending, tell } from './desk.mjs';
import { family } from './help.mjs';
import { DISPOSITIONS } from './closing.mjs';

const OUTCOMES = { elder: ['spoke', 'no_voice', 'no_answer'], other: ['spoke', 'no_answer', 'refused'] };
// What somebody can still say, by where they stand.
const SAYS = { offered: ['accept', 'decline'], accepted: ['en_route', 'arrived', 'decline', 'backup'], en_route: ['arrived', 'decline', 'backup'], on_scene: ['done', 'backup'], cleared: ['done'] };
const LATE = ['accept', 'arrived'], FAMILY = ['accept', 'decline'];

const relatives = inc => [...new Map(inc.alerts.filter(a => a.role === 'contact').map(a => [a.to, a])).values()];

export const close = () => { store.calling.value = null; };

/** Who is called: {id, name, phones, says}. */
function callee(inc, whom) {
  if (whom === 'elder') return { id: whom, name: inc.name || word('whom', whom), phones: [inc.phone, inc.device_phone].filter(Boolean), says: [] };
  if (whom === 'ambulance') return { id: whom, name: word('whom', whom), phones: ['120'], says: [] };
  const offer = inc.offers.find(o => o.responder === whom);
  if (offer) return { id: whom, name: offer.name, phones: [offer.phone], says: offer.state === 'cleared' && offer.outcome ? [] : SAYS[offer.state] || LATE, offer };
  const kin = relatives(inc).find(a => a.to === whom) || inc.alerts.find(a => a.to === whom);
  return kin ? { id: whom, name: kin.name, phones: [kin.phone], says: kin.role === 'contact' ? FAMILY : [] } : null;
}

export function Calling() {
  const c = store.calling.value;
  const inc = c && (store.incidents.value.get(c.id) || null);
  const whom = inc && c.whom === 'family' ? relatives(inc)[0]?.to : c?.whom;
  return c && html`<${Panel} key=${`${c.id} ${whom}`} inc=${inc} whom=${whom} />`; // another person, another page of notes
}

function Panel({ inc, whom }) {
  const kin = inc ? relatives(inc) : [], who = inc && callee(inc, whom);
  const panel = useRef(/** @type {any} */ (null));
  const [text, setText] = useState(''), [how, setHow] = useState('');
  useLayoutEffect(() => { panel.current?.focus(); }, []); // before any key that follows
  const busy = inc && pending.value[inc.id];
  const note = async outcome => {
    if (!await command(inc, 'call', { whom, outcome, text }, store.took)) return;
    tell(t('call.noted', { who: who.name, how: word('outcome', outcome) }));
    if (outcome === 'spoke' && who.says.length) setText(''); // what they say comes next
    else close();
  };
  const say = async verb => {
    const body = { who: whom, verb, ...(verb === 'done' && how ? { outcome: how } : {}) };
    if (!await command(inc, 'answer', body, store.took)) return;
    const now = store.incidents.value.get(inc.id)?.offers.find(o => o.responder === whom);
    tell(t('call.said', { who: who.name, what: now ? word('assignment', now.state) : word('said', verb) }));
    close();
  };
  const keys = e => { if (e.key === 'Escape' && !e.isComposing) { e.stopPropagation(); close(); } };
  return html`<section class="calling" id="calling" ref=${panel} tabindex="-1" aria-label=${t('call.title')} onKeyDown=${keys}>
    ${who ? html`<h2>${t('call.title')} <b>${who.name}</b> ${inc.name && whom !== 'elder' ? html`<small>${t('call.about', { who: inc.name, code: inc.code })}</small>` : ''}<button type="button" class="x" aria-label=${t('cancel')} onClick=${close}>×</button></h2>
    ${kin.length > 1 && kin.some(a => a.to === whom) && html`<p class="tabs">${kin.map(a => html`<button type="button" key=${a.to} class=${a.to === whom ? 'on' : ''} onClick=${() => store.ring(inc.id, a.to)}>${a.name}${family(inc).get(a.to)?.not === false ? ` · ${t('family.coming')}` : ''}</button>`)}</p>`}
    <p class="numbers">${who.phones.map(p => html`<a key=${p} href=${`tel:${p}`}>${p}</a>`)}${!who.phones.length && html`<span class="y">${t('call.no_number')}</span>`}</p>
    <input id="call-text" value=${text} maxlength="600" placeholder=${t('call.text')} aria-label=${t('call.text')} onInput=${e => setText(e.target.value)} />
    <p class="outcomes">${(whom === 'elder' ? OUTCOMES.elder : OUTCOMES.other).map(o => html`<button type="button" key=${o} class=${o === 'spoke' ? 'good' : ''} id=${`call-${o}`} disabled=${busy} onClick=${() => note(o)}>${word('outcome', o)}</button>`)}</p>
    ${whom === 'elder' && html`<p class="hint">${t('call.no_voice_hint')}</p>`}
    ${who.says.length > 0 && html`<h3>${t('call.says', { who: who.name })}</h3><p class="says">
      ${who.says.includes('done') && html`<select id="say-how" value=${how} onChange=${e => setHow(e.target.value)} aria-label=${t('close.title')}><option value="">${t('call.how')}</option>${DISPOSITIONS.filter(d => d !== 'test').map(d => html`<option key=${d} value=${d}>${word('disposition', d)}</option>`)}</select>`}
      ${who.says.map(v => html`<button type="button" key=${v} id=${`say-${v}`} disabled=${busy} onClick=${() => say(v)}>${word('said', who.offer ? v : `kin_${v}`)}</button>`)}</p>`}`
    : html`<h2>${t('call.title')}<button type="button" class="x" aria-label=${t('cancel')} onClick=${close}>×</button></h2><p class="none">${t(inc ? 'family.none' : 'cmd.gone')}</p>`}
  </section>`;
}
