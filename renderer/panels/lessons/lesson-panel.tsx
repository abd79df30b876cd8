import { ChevronLeft, ChevronRight, Presentation, X } from 'lucide-react';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { LessonView, OpenedLesson } from '#shared/contract/lesson.ts';
import { useActions } from '../../actions/context.ts';
import { useLessons, useModel } from '../../model/context.ts';
import { Button, IconButton, IconToggle } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { LessonEnd } from './lesson-end.tsx';
import { Markdown } from '../../ui/markdown.tsx';
import { QuestionView } from './question-view.tsx';
import { useFitToMemory } from './use-fit-to-memory.ts';
import './lessons.css';

/** The open lesson beside the workbench: a page for the introduction, for each step and for the end. */
export function LessonPanel() {
  const opened = useLessons(({ open }) => open);
  return opened === null ? null : (
    <OpenLesson key={`${opened.view.name} ${opened.view.seed}`} opened={opened} />
  );
}

function OpenLesson({ opened }: { readonly opened: OpenedLesson }) {
  const { lessons } = useModel();
  const actions = useActions();
  const page = useLessons((state) => state.page);
  const ran = useLessons((state) => state.ran);
  const presenting = useLessons((state) => state.presenting);
  const body = useRef<HTMLDivElement>(null);
  const { view, progress } = opened;

  // A new page is read from its beginning; the keyboard continues in it.
  useEffect(() => {
    body.current?.scrollTo({ top: 0 });
    body.current?.focus({ preventScroll: true });
  }, [page]);
  useClickerKeys(presenting);
  useFitToMemory();

  return (
    <section
      className={presenting ? 'lesson lesson--large' : 'lesson'}
      aria-label="Lesson"
      data-testid="lesson"
      tabIndex={-1}
    >
      <div className="panel__head lesson__head">
        <h2 className="ellipsis">{view.title}</h2>
        <span className="lesson__score num" data-testid="lesson-score">
          {plural(progress.points, 'point')} of {progress.maxPoints}
        </span>
        <IconToggle
          label="Presentation: large type"
          icon={Presentation}
          shortcut={actions.keyOf('lesson.present')}
          isSelected={presenting}
          onChange={(next) => lessons.present(next)}
        />
        <IconButton label="Close lesson" icon={X} onPress={() => lessons.close()} />
      </div>
      <div className="lesson__bar" role="presentation">
        <div style={{ width: `${(100 * page) / (view.steps.length + 1)}%` }} />
      </div>
      <div ref={body} className="lesson__body selectable" tabIndex={-1} data-testid="lesson-body">
        <LessonPage opened={opened} page={page} ran={ran} />
      </div>
      <LessonControls view={view} page={page} ran={ran} />
    </section>
  );
}

/** A clicker sends PageUp and PageDown, whatever has the focus. */
function useClickerKeys(presenting: boolean): void {
  const { lessons } = useModel();
  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (event.key !== 'PageDown' && event.key !== 'PageUp') return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void lessons.attempt(() => (event.key === 'PageDown' ? lessons.forward() : lessons.back()));
  });
  useEffect(() => {
    if (!presenting) return undefined;
    const listener = (event: KeyboardEvent): void => onKey(event);
    window.addEventListener('keydown', listener, { capture: true });
    return () => window.removeEventListener('keydown', listener, { capture: true });
  }, [presenting]);
}

interface PageProps {
  readonly opened: OpenedLesson;
  readonly page: number;
  readonly ran: boolean;
}

function LessonPage({ opened, page, ran }: PageProps) {
  const { view } = opened;
  const step = view.steps[page - 1];
  if (page === 0) {
    return (
      <>
        <Markdown text={view.text} />
        <p className="faint">
          About {view.minutes} minutes · {plural(view.steps.length, 'step')}
          {view.varies && ` · exercise ${view.seed}`}
        </p>
      </>
    );
  }
  if (!step) return <LessonEnd opened={opened} />;
  const first = view.steps.slice(0, page - 1).reduce((sum, { questions }) => sum + questions.length, 1);
  return (
    <>
      <p className="faint num">
        Step {page} of {view.steps.length}
      </p>
      {step.title !== '' && <h3 className="lesson__title">{step.title}</h3>}
      {step.text !== '' && <Markdown text={step.text} />}
      <p
        className={ran ? 'lesson__call mono lesson__call--ran' : 'lesson__call mono'}
        data-testid="lesson-call"
      >
        <span>{step.call}</span>
        <span className="faint">{ran ? 'done' : 'next'}</span>
      </p>
      {step.questions.map((question, index) =>
        question.when === 'after' && !ran ? null : (
          <QuestionView
            key={`${page}.${index}`}
            question={question}
            place={{ step: page - 1, question: index }}
            number={first + index}
          />
        ),
      )}
    </>
  );
}

function LessonControls({
  view,
  page,
  ran,
}: {
  readonly view: LessonView;
  readonly page: number;
  readonly ran: boolean;
}) {
  const { lessons } = useModel();
  // The score decides whether it continues, so it is read again with each answer.
  useLessons(({ open }) => open);
  const canContinue = lessons.canContinue();
  const isEnd = page > view.steps.length;
  const word = page === 0 ? 'Begin' : !ran ? 'Run step' : page === view.steps.length ? 'Finish' : 'Next step';
  return (
    <div className="lesson__foot">
      <Button
        icon={ChevronLeft}
        isDisabled={page === 0}
        onPress={() => void lessons.attempt(() => lessons.back())}
      >
        Back
      </Button>
      {!canContinue && !isEnd && (
        <span className="lesson__waits faint" role="status">
          Answer the questions first
        </span>
      )}
      <span className="toolbar__space" />
      {!isEnd && (
        <Button
          kind="primary"
          icon={ChevronRight}
          isDisabled={!canContinue}
          onPress={() => void lessons.attempt(() => lessons.forward())}
        >
          {word}
        </Button>
      )}
    </div>
  );
}
