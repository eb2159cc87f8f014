// @ts-check
// The console's page. What it shows comes from the stream alone; what it does
// goes through desk.mjs.
import { html, render, effect } from '../vendor/preact.mjs';
import { t } from './words.mjs';
import * as store from './store.mjs';
import * as alarm from './alarm.mjs';
import { link, trace } from './stream.mjs';
import { Top, Bars, Blocked, Notice } from './bars.mjs';
import { Queue } from './queue.mjs';
import { Incident } from './incident.mjs';
import { Profile } from './profile.mjs';
import { Actions, Dialogs } from './actions.mjs';
import { Calling } from './calling.mjs';
import { listen } from './keys.mjs';

function App() {
  return html`<${Bars} /><${Top} /><${Queue} /><${Incident} /><${Profile} /><${Actions} /><${Calling} /><${Dialogs} /><${Notice} /><${Blocked} />`;
}

render(html`<${App} />`, document.body);
listen();
store.run();

effect(() => {
  const n = store.queue.value.waiting.length;
  document.title = (n ? `(${n}) ${t('queue.waiting')} · ` : '') + `${t('brand')} ${t('console')}`;
});

// For tests and for whoever has to find out why a console behaves as it does.
window.onekeyd = { rms: alarm.rms, audio: () => alarm.audio.value, link: () => link.value, trace, open: () => [...store.incidents.value.keys()], selected: () => store.selectedID.value, versions: () => [...store.incidents.value.values()].map(i => i.version) };
