// @ts-check
// The top bar, and the bars over everything that say what cannot be relied on.
import { html, signal, useEffect } from '../vendor/preact.mjs';
import { t, word, switchLang } from './words.mjs';
import { reason } from './reasons.mjs';
import { link, linkAge } from './stream.mjs';
import * as alarm from './alarm.mjs';
import * as store from './store.mjs';
import { now, clockTime, serverNow, since, waitsSince } from './clock.mjs';
import { notice } from './desk.mjs';
import { nameOf, title } from './queue.mjs';
import { speaker } from './icons.mjs';

export function Bars() {
  const away = link.value === 'lost' || link.value === 'out';
  return html`<div class="bars">
    ${away && html`<div class="bar lost" role="alert"><b>${t('link.lost')}</b> ${link.value === 'out'
      ? html`${t('link.out')} <a href="/login">${t('login.title')}</a>`
      : t('link.lost_for', { s: Math.round(linkAge.value / 1000) })}</div>`}
    ${deaf.value && html`<div class="bar lost" role="alert"><b>${t('alarm.off')}</b> ${t('alarm.deaf')}</div>`}
    ${store.status.value.map(s => html`<div class="bar warn" key=${s} role="status">${t('promise')} ${s}</div>`)}
    ${store.newBuild.value && html`<div class="bar info" role="status">${t('build.new')}</div>`}
    ${document.body.dataset.nopassword === 'true' && html`<div class="bar info">${t('password.none')} <a href="/password">${t('password.set')}</a></div>`}
  </div>`;
}

// Tried, and still silent: then the page must at least be of use to eyes.
const deaf = signal(false);

/**
 * Over everything while the alarm cannot sound: the next key or click turns it
 * on, and does nothing else, not even if it is F2: whoever wakes a silent page
 * has not yet read what it says.
 */
export function Blocked() {
  const silent = alarm.audio.value !== 'running';
  useEffect(() => {
    if (!silent) { deaf.value = false; return; }
    let later = 0;
    const unlock = e => {
      if (e.isComposing || e.keyCode === 229 || ['Shift', 'Control', 'Alt', 'Meta', 'Escape', 'Tab'].includes(e.key)) return; // no gesture to a browser
      alarm.arm();
      if (deaf.value) return;
      e.preventDefault();
      e.stopPropagation();
      later ||= setTimeout(() => { deaf.value = alarm.audio.value !== 'running'; later = 0; }, 1500);
    };
    addEventListener('keydown', unlock, true);
    addEventListener('pointerdown', unlock, true);
    return () => { clearTimeout(later); removeEventListener('keydown', unlock, true); removeEventListener('pointerdown', unlock, true); };
  }, [silent]);
  if (!silent || deaf.value) return null;
  return html`<div class="blocked" id="blocked" role="alertdialog" aria-label=${t('alarm.blocked')}>
    <div>${speaker(false)} <b>${t('alarm.blocked')}</b><p class="stake">${stake()}</p><p>${t(alarm.audio.value === 'none' ? 'alarm.none' : 'alarm.blocked_why')}</p></div>
  </div>`;
}

/** What is at stake while this page is silent, in one line. */
function stake() {
  const n = store.queue.value.waiting.length, first = store.mostUrgent.value;
  if (!first) return t('stake.none');
  return t(n > 1 ? 'stake.many' : 'stake.one', { n, kind: word('kind', first.kind), who: nameOf(first), where: first.unknown ? reason(first.unknown) : title(first), age: since(waitsSince(first)) });
}

export function Top() {
  const hushed = alarm.hushedUntil.value > serverNow();
  const good = alarm.audio.value === 'running';
  const linkWord = { live: 'link.live', late: 'link.late', connecting: 'link.connecting', lost: 'link.lost', out: 'link.out_short' }[link.value];
  return html`<header class="top">
    <strong class="brand">${t('brand')}<span>${t('console')}</span></strong><span class="site">${document.body.dataset.site}</span>
    <span class=${`pill ${link.value === 'live' ? 'ok' : 'warn'}`}><i class="dot"></i>${t(linkWord)} <b>${(linkAge.value / 1000).toFixed(1)} s</b></span>
    <span class=${`pill ${good && !hushed ? 'ok' : 'warn'}`}>${speaker(good && !hushed)} ${hushed
      ? t('alarm.hushed', { s: Math.ceil((alarm.hushedUntil.value - now.value) / 1000) })
      : t(good ? 'alarm.on' : 'alarm.off')}</span>
    <span class=${`pill ${store.armedConsoles.value ? '' : 'warn'}`}>${t('consoles.armed')} <b>${store.armedConsoles.value}</b></span>
    <span class="grow"></span>
    <span class="ops" aria-label=${t('operators')}>${store.operators.value.map(o => html`<span key=${o.name} class=${`op ${o.name === store.me ? 'me' : ''} ${o.armed ? '' : 'mute'}`} title=${o.armed ? t('alarm.on') : t('alarm.off')}>${o.name} ${o.armed ? '' : speaker(false)}</span>`)}</span>
    ${!store.readOnly && html`<button class="hand-b" type="button" id="handover" onClick=${() => store.open('handover', '')}>${t('act.handover')}</button>`}
    <time class="clock">${clockTime(now.value)}</time>
    ${!store.readOnly && html`<a class="paper" href="/welfare" target="_blank" rel="noopener">${t('welfare')}</a>`}
    <button class="lang" type="button" onClick=${switchLang}>${t('lang.switch')}</button>
    <form method="post" action="/logout"><button class="lang" type="submit">${t('logout')}</button></form>
  </header>`;
}

export function Notice() {
  const n = notice.value;
  const old = !n || (now.value && Date.now() - n.at > 8000);
  return html`<div class="notices" role="status" aria-live="polite">${!old && html`<div class=${`notice ${n.bad ? 'bad' : ''}`}>${n.text}</div>`}</div>`;
}
