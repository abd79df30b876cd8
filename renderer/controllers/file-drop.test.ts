import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acceptDrops } from './file-drop.ts';
import { fileName, folderName } from '../ui/file-name.ts';

const drag = (
  type: string,
  files: readonly { name: string }[],
  types = ['Files'],
  isDirectory = false,
): Event =>
  Object.assign(new Event(type, { cancelable: true }), {
    dataTransfer: {
      types,
      files,
      items: files.map(() => ({ webkitGetAsEntry: () => ({ isDirectory }) })),
      dropEffect: 'none',
    },
    relatedTarget: null,
  });

describe('files dropped on the window', () => {
  let problem = '';
  const model = {
    openRecording: vi.fn(() => Promise.resolve()),
    openLesson: vi.fn(() => Promise.resolve()),
    openFolder: vi.fn(() => Promise.resolve()),
    attempt: (run: () => Promise<void>) => run().catch((cause: Error) => void (problem = cause.message)),
  };
  const root = { dataset: {} as Record<string, string> };
  const target = Object.assign(new EventTarget(), {
    document: { documentElement: root },
    shell: { pathOfFile: ({ name }: { name: string }) => (name === 'nowhere' ? '' : `/home/ada/${name}`) },
  });
  let stop = (): void => undefined;
  beforeEach(() => {
    model.openRecording.mockClear();
    model.openLesson.mockClear();
    problem = '';
    stop = acceptDrops(target as unknown as Window, model);
  });
  afterEach(() => stop());
  const drop = async (event: Event): Promise<void> => {
    target.dispatchEvent(event);
    await new Promise((resolve) => setTimeout(resolve));
  };

  it('are opened as recordings', async () => {
    const over = drag('dragover', []);
    target.dispatchEvent(over);
    expect(over.defaultPrevented).toBe(true);
    expect(root.dataset).toHaveProperty('dropping');
    await drop(drag('drop', [{ name: 'game.mcap' }]));
    expect(model.openRecording).toHaveBeenCalledWith('/home/ada/game.mcap');
    expect(root.dataset).not.toHaveProperty('dropping');
  });

  it('are opened as lessons or scenarios if they end with .json', async () => {
    await drop(drag('drop', [{ name: 'fork.JSON' }]));
    expect(model.openLesson).toHaveBeenCalledWith('/home/ada/fork.JSON');
    expect(model.openRecording).not.toHaveBeenCalled();
  });

  it('are lessons if they are a folder, whatever its name', async () => {
    await drop(drag('drop', [{ name: 'week.json' }], ['Files'], true));
    expect(model.openFolder).toHaveBeenCalledWith('/home/ada/week.json');
    expect(model.openLesson).not.toHaveBeenCalled();
  });

  it('are refused if there are several, or one without a place', async () => {
    await drop(drag('drop', [{ name: 'a.mcap' }, { name: 'b.mcap' }]));
    expect(problem).toBe('2 files were dropped.');
    await drop(drag('drop', [{ name: 'nowhere' }]));
    expect(problem).toContain('“nowhere” is not in a folder');
    expect(model.openRecording).not.toHaveBeenCalled();
  });

  it('text and pictures are left to the browser', async () => {
    const text = drag('drop', [], ['text/plain']);
    await drop(text);
    expect(text.defaultPrevented).toBe(false);
    expect(model.openRecording).not.toHaveBeenCalled();
  });
});

describe('paths', () => {
  it.each([
    ['/home/ada/game.mcap', 'game.mcap', '/home/ada'],
    ['/game.mcap', 'game.mcap', '/'],
    ['C:\\Users\\ada\\game.mcap', 'game.mcap', 'C:\\Users\\ada'],
    ['game.mcap', 'game.mcap', ''],
  ])('%s', (path, file, folder) => expect([fileName(path), folderName(path)]).toEqual([file, folder]));
});
