/** Hands the page its port to the bridge, and lets it ask for an address to be opened outside. Nothing else. */
import { contextBridge, ipcRenderer } from 'electron';

ipcRenderer.on('berth:port', (event, nonce: string) => {
  // A port cannot cross the context bridge, so it goes by a window message; the page checks the nonce it chose.
  window.postMessage(nonce, '*', [...event.ports]);
});

contextBridge.exposeInMainWorld('berthHost', {
  kind: 'electron',
  requestPort: (nonce: string) => {
    ipcRenderer.send('berth:port', nonce);
  },
  openExternal: (url: string) => {
    ipcRenderer.send('berth:open-external', url);
  },
});
