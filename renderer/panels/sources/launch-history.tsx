import { History } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components';
import { useStore } from 'zustand';
import type { OpenSource } from '#shared/contract/commands.ts';
import { useModel } from '../../model/context.ts';
import { joinShellWords } from '#shared/shell-words.ts';

export type Launch = Extract<OpenSource, { kind: 'launch' }>;

/** Programs that were launched before: selecting one fills the form with its command, arguments and environment. */
export function LaunchHistory({ onSelect }: { readonly onSelect: (launch: Launch) => void }) {
  const model = useModel();
  const recent = useStore(model.recent.store);
  const launches = recent.flatMap(({ source }) => (source.kind === 'launch' ? [source] : []));
  if (launches.length === 0) return null;
  return (
    <MenuTrigger>
      <Button className="button">
        <History className="icon" aria-hidden />
        Previous launches
      </Button>
      <Popover className="popover popover--wide" offset={4} placement="bottom start">
        <Menu
          className="menu"
          aria-label="Previous launches"
          onAction={(key) => {
            const launch = launches[Number(key)];
            if (launch) onSelect(launch);
          }}
        >
          {launches.map((launch, i) => {
            const line = joinShellWords([launch.command, ...launch.args]);
            return (
              <MenuItem key={i} id={i} className="menu__item launches__item" textValue={line}>
                <Text slot="label" className="mono ellipsis">
                  {line}
                </Text>
                <Text slot="description" className="faint ellipsis">
                  {[launch.cwd ?? '', ...Object.keys(launch.env)].filter(Boolean).join(' · ')}
                </Text>
              </MenuItem>
            );
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
