/** A small menu: what an application is expected to have there, reachable by keyboard. */
import { app, Menu, type MenuItemConstructorOptions } from 'electron';

export function installMenu(): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload', label: '&Reload View' },
    { type: 'separator' },
    { role: 'resetZoom', label: '&Actual Size' },
    { role: 'zoomIn', label: 'Zoom &In' },
    { role: 'zoomOut', label: 'Zoom &Out' },
    { type: 'separator' },
    { role: 'togglefullscreen', label: '&Full Screen' },
  ];
  if (!app.isPackaged) {
    view.push({ type: 'separator' }, { role: 'toggleDevTools', label: '&Developer Tools' });
  }
  const template: MenuItemConstructorOptions[] = [
    { label: '&File', submenu: [{ role: 'quit', label: '&Quit' }] },
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    { label: '&View', submenu: view },
  ];
  if (process.platform === 'darwin') template.unshift({ role: 'appMenu' });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
