import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ProgressFile } from '../lessons/progress.ts';
import { resultsCsv } from '../lessons/results.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { runProgram } from './program.ts';

const folder = temporaryFolder();

async function lesson(...args: string[]) {
  let out = '';
  let error = '';
  const code = await runProgram(['lesson', ...args], {
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { code, out, error };
}

function file(name: string, lessonJson: object): string {
  const path = folder.path(name);
  writeFileSync(path, JSON.stringify(lessonJson));
  return path;
}

const MAP = { op: 'mmap', addr: '=base', len: '=n * 4096', prot: 'rw', kind: 'anon-private' };
const GOOD = {
  name: 'good',
  parameters: { base: { value: 4294967296 }, n: { from: 4, to: 4 } },
  steps: [
    MAP,
    { op: 'clear_refs' },
    {
      op: 'write',
      addr: '=base + 8192',
      len: 1,
      ask: [
        { kind: 'pages', text: 'Which?', answer: 'written' },
        { kind: 'number', text: 'Faults?', answer: 'faults' },
        { kind: 'vma', text: 'Where?', answer: 'base' },
        { kind: 'flags', text: 'Entry?', addr: 'base + 8192' },
        {
          kind: 'choice',
          text: 'What?',
          choices: [
            { text: 'a page', correct: "count('fault', 'new-page') == 1" },
            { text: 'none', correct: 'faults == 0' },
          ],
        },
      ],
    },
  ],
};

describe('lesson check', () => {
  it('prints the answers that the model computed', async () => {
    const { code, out, error } = await lesson('check', file('good.json', GOOD));
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out.split('\n').slice(1)).toEqual([
      '  steps[2].ask[0] (pages): 0x100002000',
      '  steps[2].ask[1] (number): 1',
      '  steps[2].ask[2] (vma): 0x100000000–0x100004000',
      '  steps[2].ask[3] (flags): P, RW, A, D, SD',
      '  steps[2].ask[4] (choice): a page',
      '',
    ]);
  });

  const ask = (question: object) => ({ ...GOOD, steps: [MAP, { op: 'clear_refs', ask: question }] });
  it.each([
    [
      'an unknown name',
      ask({ kind: 'number', text: '?', answer: 'nowhere' }),
      'steps[1] (clear_refs): ask[0].answer: unknown name "nowhere"',
    ],
    [
      'an answer of another sort',
      ask({ kind: 'pages', text: '?', answer: '3' }),
      'steps[1] (clear_refs): ask[0].answer: expected a list',
    ],
    [
      'an unknown field',
      ask({ kind: 'number', text: '?', answer: '1', hint: 'x' }),
      'steps[1] (clear_refs): ask: unknown field "hint"',
    ],
    [
      'a missing text',
      ask({ kind: 'number', answer: '1' }),
      'steps[1] (clear_refs): ask.text: expected a text',
    ],
    [
      'no right choice',
      ask({
        kind: 'choice',
        text: '?',
        choices: [
          { text: 'a', correct: false },
          { text: 'b', correct: false },
        ],
      }),
      'steps[1] (clear_refs): ask[0].choices: exactly one must be right, and 0 are',
    ],
    [
      'a step that is not valid',
      { ...GOOD, steps: [{ ...MAP, prot: 'q' }] },
      'steps[0] (mmap): prot: expected one of',
    ],
    [
      'a parameter without room',
      { ...GOOD, parameters: { base: { value: 0 }, n: { from: 5, to: 4 } } },
      'parameters.n: nothing lies between 5 and 4',
    ],
    ['HTML', { ...GOOD, text: 'a <b>bold</b> word' }, 'text: HTML cannot be shown'],
    [
      'a function that does not exist',
      ask({ kind: 'number', text: '?', answer: 'constructor(1)' }),
      'unknown function "constructor"',
    ],
    [
      'what only JavaScript reaches',
      ask({ kind: 'number', text: '?', answer: 'result.constructor' }),
      'no field "constructor"',
    ],
  ])('%s is refused with file, step and field', async (_, json, message) => {
    const path = file('bad.json', json);
    const { code, out, error } = await lesson('check', path);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toContain(
      `${path}: ${message.startsWith('unknown') || message.startsWith('no field') ? '' : message}`,
    );
    expect(error).toContain(message);
  });

  it('names the exercise in which a question has no answer', async () => {
    const json = {
      ...GOOD,
      parameters: { base: { value: 4294967296 }, n: { from: 1, to: 9 } },
      steps: [
        MAP,
        {
          op: 'read',
          addr: '=base',
          len: 1,
          ask: {
            kind: 'choice',
            text: '?',
            choices: [
              { text: 'small', correct: 'n < 9' },
              { text: 'big', correct: 'n > 9' },
            ],
          },
        },
      ],
    };
    const { code, error } = await lesson('check', file('some.json', json));
    expect(code).toBe(1);
    expect(error).toMatch(/steps\[1\] \(read\): ask\[0\]\.choices: exactly one.*\(exercise \d+\)/);
  });

  it('a kernel trace is a lesson without questions', async () => {
    const trace = new URL('../scenarios/fixtures/directed/055-fork-clean.json', import.meta.url).pathname;
    const { code, out } = await lesson('check', trace);
    expect(code).toBe(0);
    expect(out).toContain('0 questions');
  });
});

describe('lesson list and print', () => {
  it('lists at least sixteen, as JSON too', async () => {
    const { out } = await lesson('list', '--json');
    const lessons = JSON.parse(out) as { name: string; questions: number }[];
    expect(lessons.length).toBeGreaterThanOrEqual(16);
    for (const { questions } of lessons) expect(questions).toBeGreaterThan(5);
  });

  it('prints without the answers, and with them', async () => {
    const plain = await lesson('print', 'race');
    const solved = await lesson('print', '--solutions', 'race');
    expect(plain.code + solved.code).toBe(0);
    expect(plain.out).toContain('Name: ____');
    expect(plain.out).not.toMatch(/^Answer: [a-z0-9]/im);
    expect(plain.out).not.toContain('[x]');
    expect(solved.out.match(/^Answer: \w/gm)?.length).toBeGreaterThan(6);
    expect((await lesson('print', '--seed', '2', 'race')).out).not.toBe(plain.out);
  });

  it.each([
    [['print'], 'print needs one lesson'],
    [['prnt'], 'unknown action "prnt"'],
    [[], 'expected list, check, print or results'],
    [['list', '--seed', 'x'], '--seed is a number'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, error } = await lesson(...args);
    expect(code).toBe(2);
    expect(error).toContain(message);
  });

  it('a folder is not a lesson', async () => {
    const { code, error } = await lesson('check', folder.path('.'));
    expect({ code, error }).toEqual({
      code: 1,
      error: `soft-dirty lesson: ${folder.path('.')} is a folder, not a regular file.\nSelect a lesson, a JSON file.\n`,
    });
  });

  it.each([
    [{ ...GOOD, name: '' }, 'name: '],
    [{ ...GOOD, minutes: 0 }, 'minutes: must be at least 1, got 0'],
    [{ ...GOOD, minutes: 'x' }, 'minutes: expected a number, got "x"'],
    [{ ...GOOD, steps: 3 }, 'steps: expected a list, got 3'],
    [[], 'expected an object, got a list'],
  ])('%# names what is wrong and what is allowed', async (json, words) => {
    const path = file('wrong.json', json);
    const { code, error } = await lesson('check', path);
    expect(code).toBe(1);
    expect(error).toContain(`soft-dirty lesson: ${path}: ${words}`);
    expect(error).not.toMatch(/Too |Invalid|expected (number|string|array) to/);
  });

  it('an unknown name lists the lessons', async () => {
    const { code, error } = await lesson('print', 'nothing');
    expect(code).toBe(1);
    expect(error).toMatch(/^soft-dirty lesson: There is no lesson "nothing"\.\nUse one of: page-table, /);
  });
});

describe('lesson results', () => {
  const progress = (name: string, points: number) => ({
    ...{
      name,
      title: 'A "title", quoted',
      seed: 3,
      changedAt: 0,
      finished: true,
      points,
      maxPoints: 9,
      bestPoints: points,
    },
    scores: [{ step: 0, question: 0, tries: 2, hints: 1, state: 'right' as const, points: 1 }],
  });

  it('joins the files of a class', async () => {
    const paths = ['=Ann', 'Bob'].map((student, index) => {
      const path = folder.path(`${index}.csv`);
      writeFileSync(path, resultsCsv(student, [progress('race', 5 + index)]));
      return path;
    });
    const { code, out } = await lesson('results', ...paths);
    expect(code).toBe(0);
    const lines = out.trim().split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe('\'=Ann,race,"A ""title"", quoted",3,yes,5,9,5,1,2,1,0,1970-01-01T00:00:00.000Z');
    writeFileSync(paths[0], 'x,y\n1,2\n');
    expect((await lesson('results', ...paths)).error).toContain('not results of lessons');
  });

  it('progress is kept lesson by lesson; a file that is not ours is replaced', async () => {
    const path = folder.path('sub/progress.json');
    const kept = new ProgressFile(path);
    await Promise.all([kept.put(progress('a', 1)), kept.put(progress('b', 2)), kept.put(progress('a', 3))]);
    expect((await kept.list()).map(({ name, points }) => [name, points])).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
    expect(readFileSync(path, 'utf8')).toContain('"version": 1');
    writeFileSync(path, '{"lessons": 1}');
    expect(await kept.list()).toEqual([]);
    await kept.put(progress('c', 1));
    expect(await kept.list()).toHaveLength(1);
  });
});
