import { type FormEvent, useState } from 'react';
import { Dialog, Heading } from 'react-aria-components';
import { formatPage } from '#shared/memory/page.ts';
import { type PageRange, rangePages } from '#shared/memory/range.ts';
import { MAX_RANGE_NAME } from '#shared/ranges/named-range.ts';
import { errorData } from '../../engine/engine-link.ts';
import { useModel, useNamedRanges } from '../../model/context.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { formatPages } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { Overlay } from '../../ui/overlay.tsx';

/** Asks for the name of the selected pages. */
export function NameDialog({ range }: { readonly range: PageRange }) {
  const { namedRanges } = useModel();
  const failure = useNamedRanges((state) => state.failure);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  const close = (): void => namedRanges.open(null);
  const submit = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    try {
      await namedRanges.add(name, range);
    } catch (cause) {
      setProblem(errorData(cause).message);
      return;
    }
    if (namedRanges.store.getState().failure !== null) return;
    announce(`${name.trim()} named`);
    close();
  };
  return (
    <Overlay className="confirm" onClose={close}>
      <Dialog className="confirm__dialog">
        <Heading slot="title" level={2}>
          Name this range
        </Heading>
        <p className="dim">
          <span className="mono">
            {formatPage(range.start)} – {formatPage(range.end)}
          </span>
          , {formatPages(rangePages(range))}. In a loaded file, the range is found again in each run of the
          same build.
        </p>
        <form onSubmit={(event) => void submit(event)}>
          <TextField
            label="Name"
            value={name}
            onChange={(text) => {
              setName(text.slice(0, MAX_RANGE_NAME));
              setProblem(undefined);
            }}
            error={problem}
            autoFocus
          />
        </form>
        {failure && <Message message={failure.message} remedy={failure.remedy} />}
        <div className="confirm__buttons">
          <Button onPress={close}>Cancel</Button>
          <Button kind="primary" onPress={() => void submit()}>
            Name range
          </Button>
        </div>
      </Dialog>
    </Overlay>
  );
}
