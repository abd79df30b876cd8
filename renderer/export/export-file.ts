import { InspectorError } from '#shared/contract/errors.ts';
import { EXPORT_KINDS, MAX_EXPORT } from '#shared/contract/shell.ts';
import type { Inspector } from '../model/app-model.ts';

type Made = string | Blob | Uint8Array;

/**
 * Makes a file of what the window shows and saves it where the user says. Tells where it went, or why it did not.
 * @param what part of the name that is offered: `soft-dirty demo-program mappings.csv`
 * @param told what else is worth telling, once it is saved; a sentence
 */
export function exportFile(
  inspector: Inspector,
  kind: keyof typeof EXPORT_KINDS,
  what: string,
  make: () => Made | Promise<Made>,
  told: () => string = () => '',
): Promise<void> {
  return inspector.attempt(async () => {
    const made = await make();
    const data = await bytesOf(made);
    if (data.byteLength > MAX_EXPORT) {
      throw new InspectorError(
        'bad-request',
        `The ${EXPORT_KINDS[kind]} would have ${Math.ceil(data.byteLength / 2 ** 20)} MiB, more than ${MAX_EXPORT / 2 ** 20}.`,
        'Export a smaller part, or record the session.',
      );
    }
    if (!window.shell) throw new InspectorError('unsupported', 'There is no shell to save a file.');
    const name = fileName(inspector.session.getState().state?.source?.description.title ?? '', what);
    const reply = await window.shell.save({ kind, name, data });
    if (reply.status === 'saved') {
      inspector.session.setState({ news: [`Saved as ${reply.path}`, told()].filter(Boolean).join('. ') });
    }
    if (reply.status === 'failed') {
      throw new InspectorError('io', reply.message, 'Choose another folder; nothing was lost.');
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
