import { ENTRY_FLAGS, type EntryFlag, type GivenAnswer } from '#shared/contract/lesson.ts';
import { formatPage } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { walkPage } from '../simulated/source/walk.ts';
import type { PlayedStep } from './environment.ts';
import { pageSentence, stepEvents } from './event-text.ts';
import type { Expected } from './expected.ts';

/** Pages that are explained one by one. */
const MAX_PAGES = 3;

/**
 * Why a wrong answer is wrong, from what the model did in the step; it gives away no more of the answer than the pages and
 * flags that it is about.
 */
export function reasonsAgainst(expected: Expected, given: GivenAnswer, played: PlayedStep): string[] {
  switch (expected.kind) {
    case 'pages':
      return given.kind === 'pages' ? pagesReasons(expected.pages, given.pages, played) : [];
    case 'vma':
      return given.kind === 'vma'
        ? [vmaReason(given.page, played), ...stepEvents(played.events).slice(0, 4)]
        : [];
    case 'number':
      return given.kind === 'number'
        ? [
            given.value < expected.value
              ? `It is more than ${given.value}.`
              : `It is less than ${given.value}.`,
            ...inStep(played),
          ]
        : [];
    case 'choice':
      return given.kind === 'choice' ? choiceReasons(expected, given.picked, played) : [];
    case 'flags':
      return given.kind === 'flags' ? flagReasons(expected, given.flags, played) : [];
  }
}

function inStep({ events }: PlayedStep): string[] {
  const happened = stepEvents(events);
  return happened.length === 0 ? [] : [`In this step: ${happened.slice(0, 6).join(', ')}.`];
}

function pagesReasons(right: readonly number[], given: readonly number[], played: PlayedStep): string[] {
  const wanted = new Set(right);
  const picked = new Set(given);
  const extra = given.filter((page) => !wanted.has(page));
  const missed = right.filter((page) => !picked.has(page));
  const about = (page: number, lead: string): string => `${lead} ${sentence(page, played)}`;
  const rest = (count: number, what: string): string[] =>
    count > MAX_PAGES ? [`${plural(count - MAX_PAGES, 'more page is', 'more pages are')} ${what}.`] : [];
  return [
    ...extra.slice(0, MAX_PAGES).map((page) => about(page, 'Not')),
    ...rest(extra.length, 'selected that should not be'),
    // One example; the others are for the student to find.
    ...missed.slice(0, 1).map((page) => about(page, 'Missing:')),
    ...(missed.length > 1 ? [`${plural(missed.length - 1, 'more page is', 'more pages are')} missing.`] : []),
  ];
}

function sentence(page: number, { events, after }: PlayedStep): string {
  return `${pageSentence(events, after.id, page)} ${walkPage(after, page).reason}`;
}

function vmaReason(page: number, { after }: PlayedStep): string {
  const vma = after.vmas.lookup(page);
  return vma === null
    ? `Nothing is mapped at ${formatPage(page)} after this step.`
    : `Not ${formatPage(vma.start)}–${formatPage(vma.end)}. ${walkPage(after, page).reason}`;
}

function choiceReasons(
  { picked: right, whys, texts }: Extract<Expected, { kind: 'choice' }>,
  picked: readonly number[],
  played: PlayedStep,
): string[] {
  const wrong = picked.filter((index) => !right.includes(index) && index < texts.length);
  const own = wrong.map((index) => whys[index]).filter((why) => why !== '');
  const missing = right.filter((index) => !picked.includes(index)).length;
  const count =
    right.length > 1 && wrong.length === 0 && missing > 0 ? [`${missing} more of them are right.`] : [];
  return [...own, ...count, ...inStep(played)];
}

/** The purpose of each flag, worded for an entry that has it or lacks it. */
const FLAG_REASONS: Readonly<Record<EntryFlag, readonly [set: string, clear: string]>> = {
  P: ['P is set: the entry maps a page', 'P is clear: the entry maps no page'],
  RW: ['RW is set: the CPU may write without a fault', 'RW is clear: the next write faults'],
  A: [
    'A is set: the page was accessed since the bit was cleared',
    'A is clear: the page was not accessed since',
  ],
  D: ['D is set: a write went through this entry', 'D is clear: no write went through this entry'],
  SD: ['SD is set: written since the last clear', 'SD is clear: not written since the last clear'],
  PS: ['PS is set: the entry maps a huge page', 'PS is clear: the entry maps a page of 4 KiB'],
};

function flagReasons(
  { page, flags }: Extract<Expected, { kind: 'flags' }>,
  given: readonly EntryFlag[],
  { events, after }: PlayedStep,
): string[] {
  const wrong = ENTRY_FLAGS.filter((flag) => flags.includes(flag) !== given.includes(flag));
  return [
    ...wrong.map((flag) => `${FLAG_REASONS[flag][flags.includes(flag) ? 0 : 1]}.`),
    pageSentence(events, after.id, page),
  ];
}
