import { type FormEvent, useState } from 'react';
import { type Choice, Checkbox, NumberField, Select, TextField } from '../../ui/fields.tsx';
import { useModel, useSelection, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import {
  type ActionKind,
  type ConditionKind,
  EMPTY_DRAFT,
  parseDraft,
  rangeText,
  type TriggerDraft,
} from './trigger-draft.ts';

const CONDITIONS: readonly Choice<ConditionKind>[] = [
  { value: 'written', label: 'A page of memory is written' },
  { value: 'pages', label: 'A number of pages is written in a sample' },
  { value: 'word', label: 'A word is written' },
];
const ACTIONS: readonly Choice<ActionKind>[] = [
  { value: 'mark', label: 'Add a mark' },
  { value: 'pause', label: 'Pause the program' },
  { value: 'snapshot', label: 'Take a snapshot of the memory' },
  { value: 'save', label: 'Save the last minutes' },
  { value: 'stop-recording', label: 'Stop the recording' },
  { value: 'run', label: 'Run a command' },
];
const SIZES: readonly Choice<string>[] = ['1', '2', '4', '8'].map((value) => ({
  value,
  label: value === '1' ? '1 byte' : `${value} bytes`,
}));

/** Adds a trigger; its memory is the selected pages at first. */
export function TriggerForm() {
  const { triggers, namedRanges } = useModel();
  const selected = useSelection(({ range }) => range);
  const capabilities = useSession(({ state }) => state?.source?.capabilities);
  const [draft, setDraft] = useState<TriggerDraft>(() => ({
    ...EMPTY_DRAFT,
    memory: selected === null ? '' : rangeText(selected),
  }));
  const [bad, setBad] = useState<{ field: keyof TriggerDraft; problem: string } | null>(null);
  const change = (part: Partial<TriggerDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
    setBad(null);
  };
  const errorOf = (field: keyof TriggerDraft): string | undefined =>
    bad?.field === field ? bad.problem : undefined;
  const submit = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    const parsed = parseDraft(draft, (name) => namedRanges.find(name)?.pages ?? null);
    if (parsed.ok) await triggers.add(parsed.trigger);
    else setBad(parsed);
  };
  const conditions = CONDITIONS.filter(({ value }) => value !== 'word' || capabilities?.words === true);
  const actions = ACTIONS.filter(
    ({ value }) =>
      (value !== 'snapshot' || capabilities?.snapshot === true) &&
      (value !== 'pause' || capabilities?.control.includes('pause') === true),
  );
  return (
    <form className="triggers__form" aria-label="New trigger" onSubmit={(event) => void submit(event)}>
      <Select
        label="When"
        value={draft.condition}
        choices={conditions}
        onChange={(condition) => change({ condition })}
      />
      {draft.condition === 'pages' && (
        <NumberField
          label="Pages"
          value={draft.atLeast}
          min={1}
          max={2 ** 31}
          onChange={(atLeast) => change({ atLeast: Number.isNaN(atLeast) ? 1 : atLeast })}
        />
      )}
      {draft.condition === 'word' && (
        <>
          <TextField
            label="Address"
            mono
            value={draft.address}
            onChange={(address) => change({ address })}
            error={errorOf('address')}
          />
          <Select label="Size" value={draft.size} choices={SIZES} onChange={(size) => change({ size })} />
        </>
      )}
      {(draft.condition !== 'word' || draft.action === 'snapshot') && (
        <TextField
          label="Memory"
          mono
          value={draft.memory}
          placeholder={draft.condition === 'pages' ? 'all of the program' : '[heap]'}
          onChange={(memory) => change({ memory })}
          error={errorOf('memory')}
        />
      )}
      <Select
        label="Do this"
        value={draft.action}
        choices={actions}
        onChange={(action) => change({ action })}
      />
      {draft.action === 'mark' && (
        <TextField label="Note" value={draft.note} onChange={(note) => change({ note })} />
      )}
      {draft.action === 'run' && (
        <TextField
          label="Command"
          mono
          value={draft.command}
          hint="Passed to /bin/sh. You are asked before it is added."
          onChange={(command) => change({ command })}
          error={errorOf('command')}
        />
      )}
      <Checkbox isSelected={draft.each} onChange={(each) => change({ each })}>
        Each time
      </Checkbox>
      <Button kind="primary" onPress={() => void submit()}>
        Add trigger
      </Button>
    </form>
  );
}
