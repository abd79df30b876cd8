import { describe, expect, it } from 'vitest';
import { type EngineLocation, HERE } from '#shared/contract/engine-location.ts';
import { handedOver, ownWords, parseCommandLine as parse, subjectOfArgument } from './command-line.ts';

const parseCommandLine = (words: readonly string[]) => parse(words, '/home/ada');

describe('parseCommandLine', () => {
  it.each([
    [[], null],
    [['--source=demo'], 'demo'],
    [['--source', 'simulated'], 'simulated'],
    [['--source=pid:1'], 'pid:1'],
    [['--source=name:redis-server'], 'name:redis-server'],
    [['--source=pid:4194304'], 'pid:4194304'],
    [['--user-data-dir=/tmp/x', '--no-sandbox', '--source=demo'], 'demo'],
    [['game.mcap'], 'recording:/home/ada/game.mcap'],
    [['--no-sandbox', '../Spiel 1.MCAP'], 'recording:/home/Spiel 1.MCAP'],
    [['/tmp/game.mcap'], 'recording:/tmp/game.mcap'],
    [['file:///tmp/Spiel%201.mcap'], 'recording:/tmp/Spiel 1.mcap'],
    [['file://localhost/tmp/game.mcap'], 'recording:/tmp/game.mcap'],
    [['--source=recording:file:///tmp/damaged.part'], 'recording:/tmp/damaged.part'],
    [['--lesson=race'], 'lesson:race'],
    [['--source=launch:/usr/bin/game --level "the first"'], 'launch:/usr/bin/game --level "the first"'],
    [['--lesson', 'race#4'], 'lesson:race#4'],
    [['my lesson.json'], 'lesson:/home/ada/my lesson.json'],
    [['--lesson=../my.json#12'], 'lesson:/home/my.json#12'],
    [['--lesson=file:///tmp/a%20b.json'], 'lesson:/tmp/a b.json'],
    [['--source=recording:damaged.part'], 'recording:/home/ada/damaged.part'],
  ])('%j gives source %j', (words, source) => {
    expect(parseCommandLine(words)).toEqual({ ok: true, value: { action: 'run', source, location: HERE } });
  });

  it.each([
    [['--source='], 'is invalid'],
    [['--source'], 'is invalid'],
    [['--source=recording'], '--source=recording is invalid'],
    [['--source=pid:'], 'is invalid'],
    [['--source=pid:-4'], 'is invalid'],
    [['--source=pid:12x'], 'is invalid'],
    [['--source=pid:0'], 'must be between 1 and 4194304'],
    [['--source=pid:4194305'], 'must be between 1 and 4194304'],
    [['--source=launch:'], 'use launch:COMMAND'],
    [['--source=launch:game "half'], 'use launch:COMMAND'],
    [['--source=recording:'], 'lacks the file'],
    [['--source=demo', '--source=demo'], 'Two sources are given'],
    [['file://elsewhere/a.mcap'], 'is not a file of this machine'],
    [['a.mcap', 'b.mcap'], 'Two sources are given'],
    [['--lesson=race', 'a.mcap'], 'Two sources are given'],
    [['--lesson='], 'is invalid: use NAME'],
    [['--lesson=race#x'], 'is invalid: use NAME'],
    [['demo'], 'Unexpected argument "demo"'],
  ])('%j is refused', (words, message) => {
    const parsed = parseCommandLine(words);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.message).toContain(message);
  });

  const ssh = { kind: 'ssh', user: null, host: 'console', port: null };

  it.each([
    [['--source=ssh://console'], null, ssh],
    [['--source=ssh://ada@console:2222/pid/7'], 'pid:7', { ...ssh, user: 'ada', port: 2222 }],
    [['--source=ssh://console/name/redis-server'], 'name:redis-server', ssh],
    [['--source=ssh://console/demo'], 'demo', ssh],
    [['--source=ssh://console/launch?/usr/bin/game -x a/b'], 'launch:/usr/bin/game -x a/b', ssh],
    [['--via', 'docker exec -i game'], null, { kind: 'command', words: ['docker', 'exec', '-i', 'game'] }],
    [
      ['--via=podman exec -i game', '--source=pid:1'],
      'pid:1',
      { kind: 'command', words: ['podman', 'exec', '-i', 'game'] },
    ],
  ])('%j gives source %j elsewhere', (words, source, location) => {
    expect(parseCommandLine(words)).toEqual({ ok: true, value: { action: 'run', source, location } });
  });

  it.each([
    [['--source=ssh://-oProxyCommand=x/pid/1']],
    [['--source=ssh://console/pid/0']],
    [['--source=ssh://console/pid/1/2']],
    [['--source=ssh://console/launch?']],
    [["--source=ssh://console/launch?game 'half"]],
    [['--source=ssh://console/recording/a']],
    [['--source=ssh://console/pid/1', '--via=docker exec -i game']],
    [['--via=docker exec -i game', '--source=ssh://console/pid/1']],
    [['--via=']],
    [["--via=docker 'exec"]],
  ])('%j is refused', (words) => expect(parseCommandLine(words).ok).toBe(false));

  it('knows help and version', () => {
    expect(parseCommandLine(['--help'])).toMatchObject({ value: { action: 'help' } });
    expect(parseCommandLine(['--version'])).toMatchObject({ value: { action: 'version' } });
  });
});

describe('handedOver', () => {
  const ssh: EngineLocation = { kind: 'ssh', user: null, host: 'console', port: null };
  it.each([
    { source: 'pid:12', location: HERE },
    { source: 'recording:/a b/c.mcap', location: HERE },
    { source: 'pid:12', location: ssh },
    { source: null, location: ssh },
    { source: 'lesson:race#2', location: HERE },
  ])('%j is opened', (data) => expect(handedOver(data)).toEqual(data));

  it.each([
    { source: null, location: HERE },
    { source: 'pid:0', location: HERE },
    { source: 'lesson:', location: HERE },
    { source: 7, location: HERE },
    { source: 'pid:12' },
    { source: 'pid:12', location: { ...ssh, host: '-oProxyCommand=x' } },
    null,
    undefined,
  ])('%j opens nothing', (data) => expect(handedOver(data)).toBeNull());
});

describe('subjectOfArgument', () => {
  it.each([
    ['lesson:race#4', null],
    ['lesson:/a/b.json#4', { kind: 'read', path: '/a/b.json' }],
    ['recording:/a.mcap', { kind: 'read', path: '/a.mcap' }],
    ['demo', null],
    ["launch:game 'a b' c", { kind: 'launch', command: 'game', args: ['a b', 'c'], cwd: null, env: {} }],
  ])('%s', (words, subject) => expect(subjectOfArgument(words)).toEqual(subject));
});

describe('ownWords', () => {
  const isAppFolder = (word: string): boolean => word === '/x/app';

  it('drops executable, switches and application folder in development', () => {
    const argv = ['/x/electron', '--no-sandbox', '/x/app', '--source=demo'];
    expect(ownWords(argv, false, isAppFolder)).toEqual(['--source=demo']);
  });

  it('keeps every word if the folder is not among them', () => {
    expect(ownWords(['/x/electron', 'other'], false, isAppFolder)).toEqual(['other']);
  });

  it('drops the executable alone in a package, even before a word like the folder', () => {
    expect(ownWords(['/x/inspector', '/x/app'], true, isAppFolder)).toEqual(['/x/app']);
  });
});
