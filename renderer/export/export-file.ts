import { InspectorError } from '#shared/contract/errors.ts';
import { EXPORT_KINDS, MAX_EXPORT } from '#shared/contract/shell.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { SessionStore } from '../stores/session-store.ts';

/** What an export needs from the window. */
export interface ExportHost {
  readonly session: StoreApi<SessionStore>;
  attempt(run: () => Promise<void>): Promise<void>;
}

type Made = string | Blob | Uint8Array;

/**
 * Makes a file of what the window shows and saves it where the user selects. The window's banner has the path, or the error.
 * @param what part of the name that is offered: `soft-dirty demo-program mappings.csv`
 * @param summary a sentence to show once it is saved
 */
export function exportFile(
  host: ExportHost,
  kind: keyof typeof EXPORT_KINDS,
  what: string,
  make: () => Made | Promise<Made>,
  summary: () => string = () => '',
): Promise<void> {
  return host.attempt(async () => {
    const made = await make();
    const data = await bytesOf(made);
    if (data.byteLength > MAX_EXPORT) {
      throw new InspectorError(
        'bad-request',
        `The ${EXPORT_KINDS[kind]} would have ${Math.ceil(data.byteLength / 2 ** 20)} MiB, more than ${MAX_EXPORT / 2 ** 20}.`,
        'Export a smaller part, or record the session.',
      );
    }
    if (!window.shell) throw new InspectorError('unsupported', 'This page has no shell to save files with.');
    const name = fileName(host.session.getState().state?.source?.description.title ?? '', what);
    const reply = await window.shell.save({ kind, name, data });
    if (reply.status === 'saved') {
      host.session.setState({ news: [`Saved as ${reply.path}`, summary()].filter(Boolean).join('. ') });
    }
    if (reply.status === 'failed') {
      throw new InspectorError('io', reply.message, 'Select another folder.');
    }
  });
}

async function bytesOf(made: Made): Promise<Uint8Array> {
  if (typeof made === 'string') return new TextEncoder().encode(made);
  return made instanceof Blob ? new Uint8Array(await made.arrayBuffer()) : made;
}

/** A name that every file system takes. */
export function fileName(title: string, what: string): string {
  const plain = title
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return ['soft-dirty', plain, what].filter((part) => part !== '').join(' ');
}
