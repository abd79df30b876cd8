import { Check, Columns3 } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Text } from 'react-aria-components';
import { useModel, useView } from '../../model/context.ts';
import { DEFAULT_VMA_COLUMNS, VMA_COLUMNS } from '../../stores/view-store.ts';
import { COLUMNS, type FittedColumns } from './columns.ts';

const RESET = 'reset';

/** Which columns the table has; those without room are marked. */
export function ColumnMenu({ fitted }: { readonly fitted: FittedColumns }) {
  const { view } = useModel();
  const selected = useView((state) => state.vmaColumns);
  return (
    <MenuTrigger>
      <Button className="button button--quiet button--icon" aria-label="Columns">
        <Columns3 className="icon" aria-hidden />
      </Button>
      <Popover className="popover" offset={4} placement="bottom end">
        <Menu
          className="menu"
          aria-label="Columns"
          selectionMode="multiple"
          selectedKeys={selected}
          onAction={(id) => {
            if (id === RESET) view.setState({ vmaColumns: DEFAULT_VMA_COLUMNS });
          }}
          onSelectionChange={(keys) => {
            if (keys === 'all' || keys.has(RESET)) return;
            view.setState({ vmaColumns: VMA_COLUMNS.filter((id) => id === 'name' || keys.has(id)) });
          }}
        >
          {COLUMNS.filter(({ id }) => id !== 'name').map(({ id, title }) => (
            <MenuItem key={id} id={id} className="menu__item" textValue={title}>
              {({ isSelected }) => (
                <>
                  <Check className={isSelected ? 'icon' : 'icon toolbar__unchecked'} aria-hidden />
                  <Text slot="label">{title}</Text>
                  {isSelected && !fitted.columns.some((column) => column.id === id) && (
                    <Text slot="description" className="faint">
                      no room
                    </Text>
                  )}
                </>
              )}
            </MenuItem>
          ))}
          <MenuItem id={RESET} className="menu__item menu__item--apart" textValue="Reset columns">
            <Check className="icon toolbar__unchecked" aria-hidden />
            Reset columns
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
