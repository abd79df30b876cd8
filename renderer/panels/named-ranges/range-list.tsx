import { Download, Upload, X } from 'lucide-react';
import { useRef } from 'react';
import { Dialog, Heading } from 'react-aria-components';
import { MAX_EXCHANGE_BYTES } from '#shared/ranges/exchange.ts';
import { useModel, useNamedRanges } from '../../model/context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatBytes, plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { Overlay } from '../../ui/overlay.tsx';
import { exportRanges } from './export-ranges.ts';
import { ImportReport } from './import-report.tsx';
import { RangeRow } from './range-row.tsx';

/** All named ranges: go to one, rename, remove; import and export. */
export function RangeList() {
  const model = useModel();
  const { namedRanges } = model;
  const all = useNamedRanges((state) => state.all);
  const failure = useNamedRanges((state) => state.failure);
  const imported = useNamedRanges((state) => state.imported);
  const input = useRef<HTMLInputElement>(null);
  const close = (): void => namedRanges.open(null);
  const read = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > MAX_EXCHANGE_BYTES) {
      const message = `${file.name} has ${formatBytes(file.size)}, more than ${formatBytes(MAX_EXCHANGE_BYTES)}.`;
      namedRanges.store.setState({
        failure: { kind: 'bad-request', message, remedy: 'Import it in parts.' },
      });
    } else await namedRanges.import(file.name, await file.text());
  };
  return (
    <Overlay className="keyhelp" onClose={close}>
      <Dialog className="keyhelp__dialog">
        <header className="keyhelp__head">
          <Heading slot="title" level={2}>
            Named ranges
          </Heading>
          <span className="faint ranges__count">{plural(all.length, 'range')}</span>
          <input
            ref={input}
            type="file"
            hidden
            accept=".csv,.json"
            aria-label="File of named ranges"
            onChange={({ currentTarget }) => {
              void read(currentTarget.files?.[0]);
              currentTarget.value = '';
            }}
          />
          <Button icon={Upload} onPress={() => input.current?.click()}>
            Import …
          </Button>
          {(['csv', 'json'] as const).map((kind) => (
            <Button
              key={kind}
              icon={Download}
              isDisabled={all.length === 0}
              onPress={() => void exportRanges(model, kind)}
            >
              {kind.toUpperCase()}
            </Button>
          ))}
          <IconButton label="Close" icon={X} onPress={close} />
        </header>
        <div className="ranges__body">
          {failure && <Message message={failure.message} remedy={failure.remedy} />}
          {imported && <ImportReport report={imported} />}
          {all.length === 0 ? (
            <p className="empty">
              No named ranges. Select pages on the map and run “Name this range …”, or import a CSV file with
              the columns name, start, length.
            </p>
          ) : (
            <ul className="ranges__list" aria-label="Named ranges">
              {all.map((one) => (
                <RangeRow key={one.range.id} one={one} onGo={close} />
              ))}
            </ul>
          )}
        </div>
      </Dialog>
    </Overlay>
  );
}
