import { Checkbox as AriaCheckbox, CheckboxGroup, Label, Radio, RadioGroup } from 'react-aria-components';
import { Check } from 'lucide-react';
import { ENTRY_FLAGS, entryFlagSchema, type GivenAnswer, type Question } from '#shared/contract/lesson.ts';
import { formatPage } from '#shared/memory/page.ts';
import { findVma, vmaPermissions } from '#shared/memory/vma.ts';
import { parsePages } from '../../controllers/lessons.ts';
import { useModel, useSelection, useVmaSums } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { flagMeaning } from '../../ui/flag-meanings.ts';
import { InlineMarkdown } from '../../ui/markdown.tsx';

/** What a student has entered so far: texts, or keys of what is picked. */
export type Draft = readonly string[];

interface AnswerInputProps {
  readonly question: Question;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  readonly isDisabled: boolean;
}

/** The field that a kind of question is answered in. */
export function AnswerInput(props: AnswerInputProps) {
  switch (props.question.kind) {
    case 'pages':
      return <PagesInput {...props} />;
    case 'vma':
      return <VmaInput {...props} />;
    case 'number':
      return (
        <TextField
          label="Your answer"
          value={props.draft[0] ?? ''}
          onChange={(text) => props.onDraft([text])}
          {...(props.question.unit === '' ? {} : { unit: props.question.unit })}
        />
      );
    case 'choice':
      return <ChoiceInput {...props} choices={props.question.choices} many={props.question.many} />;
    case 'flags':
      return <FlagsInput {...props} />;
  }
}

/** The answer as the engine takes it; null if nothing is entered. Throws if it cannot be read. */
export function answerOf(question: Question, draft: Draft): GivenAnswer | null {
  const [first = ''] = draft;
  switch (question.kind) {
    case 'pages':
      return { kind: 'pages', pages: parsePages(first) };
    case 'vma':
      return first === '' ? null : { kind: 'vma', page: Number(first) };
    case 'number': {
      const text = first.trim();
      const value = Number(text);
      return text === '' || !Number.isFinite(value) ? null : { kind: 'number', value };
    }
    case 'choice':
      // None may be right if several may.
      return draft.length === 0 && !question.many ? null : { kind: 'choice', picked: draft.map(Number) };
    case 'flags':
      return { kind: 'flags', flags: draft.map((flag) => entryFlagSchema.parse(flag)) };
  }
}

function PagesInput({ draft, onDraft, isDisabled }: AnswerInputProps) {
  const range = useSelection((state) => state.range);
  const { selection } = useModel();
  const [text = ''] = draft;
  const add = (): void => {
    const { range: selected } = selection.getState();
    if (selected === null) return;
    const { start, end } = selected;
    const words = end - start === 1 ? formatPage(start) : `${formatPage(start)}-${formatPage(end)}`;
    onDraft([text.trim() === '' ? words : `${text.trim().replace(/,$/, '')}, ${words}`]);
  };
  return (
    <div className="answer__pages">
      <TextField
        label="Pages"
        mono
        value={text}
        onChange={(value) => onDraft([value])}
        placeholder="none"
        hint="Select pages on the map and add them, or write addresses and ranges."
      />
      <div className="answer__row">
        <Button onPress={add} isDisabled={isDisabled || range === null}>
          Add selected pages
        </Button>
        <Button kind="quiet" onPress={() => onDraft([])} isDisabled={isDisabled || text === ''}>
          Remove all
        </Button>
      </div>
    </div>
  );
}

function VmaInput({ draft, onDraft, isDisabled }: AnswerInputProps) {
  const { vmas } = useVmaSums((state) => state);
  const cursor = useSelection((state) => state.cursor);
  const index = cursor === null ? -1 : findVma(vmas, cursor);
  const selected = vmas[index];
  return (
    <RadioGroup
      className="answer__choices"
      value={draft[0] ?? null}
      onChange={(value) => onDraft([value])}
      isDisabled={isDisabled}
    >
      <Label className="field__label">Mapping</Label>
      {vmas.map((vma) => (
        <Radio key={vma.start} value={String(vma.start)} className="answer__choice mono">
          <span className="answer__mark" />
          <span>
            {formatPage(vma.start)}–{formatPage(vma.end)} {vmaPermissions(vma)}
          </span>
        </Radio>
      ))}
      {selected !== undefined && (
        <Button kind="quiet" onPress={() => onDraft([String(selected.start)])} isDisabled={isDisabled}>
          Use the mapping that is selected
        </Button>
      )}
    </RadioGroup>
  );
}

interface ChoiceInputProps extends AnswerInputProps {
  readonly choices: readonly string[];
  readonly many: boolean;
}

function ChoiceInput({ draft, onDraft, isDisabled, choices, many }: ChoiceInputProps) {
  if (many) {
    return (
      <CheckboxGroup
        className="answer__choices"
        value={[...draft]}
        onChange={onDraft}
        isDisabled={isDisabled}
      >
        <Label className="field__label">Several may be right</Label>
        {choices.map((text, index) => (
          <CheckChoice key={index} value={String(index)}>
            <InlineMarkdown text={text} />
          </CheckChoice>
        ))}
      </CheckboxGroup>
    );
  }
  return (
    <RadioGroup
      className="answer__choices"
      value={draft[0] ?? null}
      onChange={(value) => onDraft([value])}
      isDisabled={isDisabled}
    >
      <Label className="visually-hidden">Your answer</Label>
      {choices.map((text, index) => (
        <Radio key={index} value={String(index)} className="answer__choice">
          <span className="answer__mark" />
          <span>
            <InlineMarkdown text={text} />
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}

function FlagsInput({ question, draft, onDraft, isDisabled }: AnswerInputProps) {
  const page = question.kind === 'flags' ? question.page : 0;
  return (
    <CheckboxGroup
      className="answer__choices answer__choices--flags"
      value={[...draft]}
      onChange={onDraft}
      isDisabled={isDisabled}
    >
      <Label className="field__label">Flags of the entry of {formatPage(page)}</Label>
      {ENTRY_FLAGS.map((flag) => (
        <CheckChoice key={flag} value={flag}>
          <b className="mono">{flag}</b> <span className="dim">{flagMeaning(flag)}</span>
        </CheckChoice>
      ))}
    </CheckboxGroup>
  );
}

function CheckChoice({ value, children }: { readonly value: string; readonly children: React.ReactNode }) {
  return (
    <AriaCheckbox value={value} className="check answer__check">
      <span className="check__box">
        <Check aria-hidden />
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  );
}
