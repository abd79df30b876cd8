import { Check, GraduationCap } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { LessonList, LessonProgress, LessonReference } from '#shared/contract/lesson.ts';
import { errorData } from '../../engine/engine-link.ts';
import { exportFile } from '../../export/export-file.ts';
import { useLessons, useModel, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { fileName } from '../../ui/file-name.ts';
import { Message } from '../../ui/message.tsx';
import './lessons.css';

type Entry = LessonList['lessons'][number];

/** All lessons by part, with the user's progress; own lessons, and results for a class. */
export function LessonGallery() {
  const model = useModel();
  const { lessons } = model;
  const list = useLessons((state) => state.list);
  const connected = useSession((state) => state.host.status === 'running');
  const opening = useSession((state) => state.opening);
  const [error, setError] = useState<InspectorErrorData | null>(null);
  useEffect(() => {
    if (connected) void lessons.attempt(() => lessons.refresh());
  }, [connected, lessons]);
  const open = (reference: LessonReference): void => {
    setError(null);
    void lessons.open(reference, null).catch((cause: unknown) => setError(errorData(cause)));
  };
  const openFile = async (): Promise<void> => {
    const path = (await window.shell?.selectLesson()) ?? null;
    if (path !== null) open({ kind: 'file', path });
  };
  const parts = [...new Set(list?.lessons.map(partOf))];
  const folder = useLessons((state) => state.folder);
  const dropped = useRef<HTMLDivElement>(null);
  // Once: a list that comes later must not take the focus from where the user has moved it.
  useEffect(() => {
    if (folder === null) return;
    dropped.current?.scrollIntoView({ block: 'start' });
    dropped.current?.querySelector('button')?.focus();
  }, [folder]);
  return (
    <section className="gallery" aria-label="Lessons">
      <div className="gallery__head">
        <GraduationCap className="icon card__icon" aria-hidden />
        <h2>Lessons</h2>
        <p className="dim">
          Page tables, faults and soft-dirty tracking: predict what a step does, then see it.
        </p>
        <span className="toolbar__space" />
        <Button onPress={() => void openFile()} isDisabled={!connected || !model.shell}>
          Open a lesson or scenario …
        </Button>
        {(list?.progress.length ?? 0) > 0 && (
          <Button
            kind="quiet"
            onPress={() => void exportFile(model, 'csv', 'lesson results', () => lessons.results(''))}
          >
            Export results
          </Button>
        )}
      </div>
      {error && <Message message={error.message} remedy={error.remedy} onDismiss={() => setError(null)} />}
      {list?.problems.map((problem) => (
        <p key={problem} className="gallery__problem">
          {problem}
        </p>
      ))}
      {parts.map((part) => (
        <div key={part} className="gallery__part" ref={part === folder?.path ? dropped : null}>
          <h3 title={part}>{fileName(part)}</h3>
          <ul className="gallery__list">
            {list?.lessons
              .filter((entry) => partOf(entry) === part)
              .map(({ reference, summary }) => (
                <li key={JSON.stringify(reference)}>
                  <AriaButton
                    className="gallery__lesson"
                    isDisabled={!connected || opening}
                    onPress={() => open(reference)}
                  >
                    <span className="gallery__title">{summary.title}</span>
                    <span className="dim gallery__summary">{summary.summary}</span>
                    <Figures
                      minutes={summary.minutes}
                      progress={list.progress.find(({ name }) => name === summary.name)}
                    />
                  </AriaButton>
                </li>
              ))}
          </ul>
        </div>
      ))}
      {list && (
        <p className="faint gallery__own">
          Own lessons: put files into <span className="mono selectable">{list.folder}</span>, or drop one, or
          a folder of them, on the window.
        </p>
      )}
    </section>
  );
}

/** A folder's whole path: two can have the same name. */
function partOf({ reference, summary }: Entry): string {
  if (reference.kind === 'folder') return reference.folder;
  return reference.kind === 'own' ? 'Own lessons' : summary.part;
}

function Figures({
  minutes,
  progress,
}: {
  readonly minutes: number;
  readonly progress: LessonProgress | undefined;
}) {
  if (!progress) return <span className="faint num">{minutes} min</span>;
  const { finished, bestPoints, maxPoints, scores } = progress;
  const done = scores.filter(({ state }) => state !== 'open').length;
  if (bestPoints > 0 || finished) {
    return (
      <span className="gallery__done num">
        <Check className="icon" aria-hidden />
        {bestPoints} of {maxPoints} points
      </span>
    );
  }
  return (
    <span className="faint num">
      {done} of {scores.length} answered
    </span>
  );
}
