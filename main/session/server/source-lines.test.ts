import { describe, expect, it } from 'vitest';
import type { CodePlace } from '#shared/contract/writers.ts';
import { SourceLines } from './source-lines.ts';

const placeOf = (file: string | null, line: number | null): CodePlace => ({
  ...{ function: 'f', module: '/bin/game', offset: 1n, file, line },
});

describe('source lines that may be opened', () => {
  it('are those that were reported, by file and line', () => {
    const lines = new SourceLines();
    lines.add([placeOf('/src/game.cc', 42), placeOf('/src/other.cc', null), placeOf(null, null)]);
    lines.require({ file: '/src/game.cc', line: 42 });
    lines.require({ file: '/src/other.cc', line: 0 });
    for (const wrong of [
      { file: '/src/game.cc', line: 43 },
      { file: '/etc/passwd', line: 42 },
    ])
      expect(() => lines.require(wrong)).toThrow('is not a source line that the engine reported');
  });

  it('are bounded in number: the oldest are forgotten', () => {
    const lines = new SourceLines();
    for (let line = 0; line < 30_000; line++) lines.add([placeOf('/src/game.cc', line), placeOf('/a', 1)]);
    lines.require({ file: '/a', line: 1 });
    lines.require({ file: '/src/game.cc', line: 29_999 });
    expect(() => lines.require({ file: '/src/game.cc', line: 1 })).toThrow('not a source line');
  });
});
