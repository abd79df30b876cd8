import { InspectorError } from '#shared/contract/errors.ts';

/** What opens a dropped file. */
interface Opener {
  openRecording(path: string): Promise<void>;
  /** Also a scenario without questions. */
  openLesson(path: string): Promise<void>;
  /** The lessons of a folder. */
  openFolder(path: string): Promise<void>;
  attempt(run: () => Promise<void>): Promise<void>;
}

/**
 * Opens a recording, a lesson, a scenario or a folder of lessons that is dropped anywhere on `target`. While one is dragged over it, the root element has
 * `data-dropping`. @returns a function that stops it
 */
export function acceptDrops(target: Window, opener: Opener): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const root = target.document.documentElement;
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  const over = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    // Without this the browser would not drop here.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    root.dataset['dropping'] = '';
  };
  const left = (event: DragEvent): void => {
    if (event.relatedTarget === null) delete root.dataset['dropping'];
  };
  const drop = (event: DragEvent): void => {
    delete root.dataset['dropping'];
    if (!hasFiles(event)) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    // Known only until this handler returns.
    const isFolder = event.dataTransfer?.items?.[0]?.webkitGetAsEntry()?.isDirectory === true;
    void opener.attempt(() => openDropped(files, isFolder, target, opener));
  };
  target.addEventListener('dragenter', over, { signal });
  target.addEventListener('dragover', over, { signal });
  target.addEventListener('dragleave', left, { signal });
  target.addEventListener('drop', drop, { signal });
  return () => stop.abort();
}

async function openDropped(
  files: readonly File[],
  isFolder: boolean,
  target: Window,
  opener: Opener,
): Promise<void> {
  const [file] = files;
  if (!file || files.length > 1) {
    throw new InspectorError(
      'bad-request',
      `${files.length} files were dropped.`,
      'Drop one file, or one folder of lessons; two recordings can be compared once one of them is open.',
    );
  }
  const path = target.shell?.pathOfFile(file) ?? '';
  if (path === '') {
    throw new InspectorError(
      'bad-request',
      `“${file.name}” is not in a folder of this machine.`,
      'Save it to a file first, then drop that.',
    );
  }
  if (isFolder) await opener.openFolder(path);
  else await (path.toLowerCase().endsWith('.json') ? opener.openLesson(path) : opener.openRecording(path));
}
