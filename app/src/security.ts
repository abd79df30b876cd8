/**
 * Electron's security checklist in one place: forbidden actions are refused here, for every session and
 * all web contents, not only for our window.
 */
import { app, type Session, type WebContents } from 'electron';
import { isOwnAddress } from './protocol-path.ts';

/** Must be called before the application is ready. */
export function hardenApplication(): void {
  // Root cannot have Chromium's sandbox; starting as root requires the switch, and no other user may use it.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  // Nothing of ours has a host name: requests of Chromium itself resolve to no address.
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('disable-background-networking');
  app.commandLine.appendSwitch('disable-component-update');
  app.commandLine.appendSwitch('no-pings');

  app.on('session-created', hardenSession);
  app.on('web-contents-created', (_event, contents) => hardenContents(contents));
  app.on('select-client-certificate', (event) => event.preventDefault());
  app.on('login', (event) => event.preventDefault());
}

/** True for what a session may fetch: our own files, pictures that the window made, and devtools in development. */
function mayFetch(address: string): boolean {
  if (isOwnAddress(address) || address.startsWith('blob:app://') || address.startsWith('data:')) return true;
  return !app.isPackaged && (address.startsWith('devtools://') || address.startsWith('chrome-devtools://'));
}

function hardenSession(session: Session): void {
  session.webRequest.onBeforeRequest({ urls: ['<all_urls>'] }, (details, callback) => {
    callback({ cancel: !mayFetch(details.url) });
  });
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  session.setSpellCheckerEnabled(false);
  session.on('select-usb-device', (event, _details, callback) => {
    event.preventDefault();
    callback();
  });
  session.on('select-hid-device', (event, _details, callback) => {
    event.preventDefault();
    callback();
  });
  session.on('select-serial-port', (event, _ports, _contents, callback) => {
    event.preventDefault();
    callback('');
  });
  session.on('will-download', (event) => event.preventDefault());
}

function hardenContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('select-bluetooth-device', (event, _devices, callback) => {
    event.preventDefault();
    callback('');
  });
  // A window may load its own page again; every other address, in any frame, is refused.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || event.url !== contents.getURL()) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
}
