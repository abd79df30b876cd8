/** The lessons that come with the program, in the order in which they are taught. */
import accessedDirty from './library/accessed-dirty.json' with { type: 'json' };
import clearRefs from './library/clear-refs.json' with { type: 'json' };
import defects from './library/defects.json' with { type: 'json' };
import firstTouch from './library/first-touch.json' with { type: 'json' };
import fork from './library/fork.json' with { type: 'json' };
import hugePages from './library/huge-pages.json' with { type: 'json' };
import hugeSplit from './library/huge-split.json' with { type: 'json' };
import ioctl from './library/ioctl.json' with { type: 'json' };
import merging from './library/merging.json' with { type: 'json' };
import mremap from './library/mremap.json' with { type: 'json' };
import newMemory from './library/new-memory.json' with { type: 'json' };
import pageTable from './library/page-table.json' with { type: 'json' };
import pagemapScan from './library/pagemap-scan.json' with { type: 'json' };
import race from './library/race.json' with { type: 'json' };
import shortVec from './library/short-vec.json' with { type: 'json' };
import softDirty from './library/soft-dirty.json' with { type: 'json' };
import splitting from './library/splitting.json' with { type: 'json' };
import swap from './library/swap.json' with { type: 'json' };
import writeWatch from './library/write-watch.json' with { type: 'json' };
import type { LessonSummary } from '#shared/contract/lesson.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { instantiate, lessonOf, varies, type LessonSource } from './lesson.ts';

const FILES: readonly unknown[] = [
  ...[pageTable, firstTouch, accessedDirty, softDirty, clearRefs, ioctl, shortVec, newMemory, merging],
  ...[splitting, hugePages, hugeSplit, fork, mremap, swap, race, defects, pagemapScan, writeWatch],
];

let library: readonly LessonSource[] | null = null;

/** All of them; read once. */
export function lessonLibrary(): readonly LessonSource[] {
  return (library ??= FILES.map((json) => {
    const { name } = json as { name: string };
    return lessonOf(json, `${name}.json`);
  }));
}

/** The lesson of that name; null if there is none. */
export function findLesson(name: string): LessonSource | null {
  return lessonLibrary().find(({ head }) => head.name === name) ?? null;
}

/** Throws `bad-request` that lists the names. */
export function requireLesson(name: string): LessonSource {
  const found = findLesson(name);
  if (found !== null) return found;
  const names = lessonLibrary().map(({ head }) => head.name);
  throw new InspectorError(
    'bad-request',
    `There is no lesson "${name}".`,
    `Use one of: ${names.join(', ')}.`,
  );
}

export function summaryOf(source: LessonSource): LessonSummary {
  const { head } = source;
  const { steps } = instantiate(source, 1);
  return {
    name: head.name,
    title: head.title ?? head.name,
    summary: head.summary === '' ? head.description : head.summary,
    part: head.part,
    minutes: head.minutes,
    steps: steps.length,
    questions: steps.reduce((total, { questions }) => total + questions.length, 0),
    varies: varies(source),
  };
}
