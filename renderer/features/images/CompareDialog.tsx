import { useState } from 'react';
import { closeDialog } from '../../data/dialogs.ts';
import { imageReference, images } from '../../data/images.ts';
import { useResource } from '../../data/resource.ts';
import { common } from '../../strings/common.ts';
import { imageComparison as texts } from '../../strings/image-comparison.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Select } from '../../ui/Field.tsx';
import css from './CompareDialog.module.css';
import { compareImages, likeliestOther, nameOf } from './actions.tsx';

/** Asks which two images are to be compared; `reference` is one of them, or empty. */
export default function CompareDialog({ reference }: { readonly reference: string }) {
  const { rows } = useResource(images);
  const sorted = rows.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true }));
  const [first, setFirst] = useState(reference);
  const [second, setSecond] = useState('');
  const a = sorted.find((image) => imageReference(image) === first) ?? sorted[0];
  const b =
    sorted.find((image) => imageReference(image) === second) ??
    (a === undefined ? undefined : likeliestOther(a, sorted));
  const options = sorted.map((image) => ({ value: imageReference(image), label: nameOf(image) }));
  const compare = () => {
    if (a === undefined || b === undefined) return;
    closeDialog();
    compareImages(a, b);
  };
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={texts.dialogTitle}
      description={texts.dialogText}
      onPrimary={compare}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={b === undefined} onClick={compare}>
            {texts.compare}
          </Button>
        </>
      }
    >
      {a === undefined || b === undefined ? (
        <p>{texts.tooFew}</p>
      ) : (
        <div className={css['form']}>
          <Select label={texts.first} value={imageReference(a)} onChange={setFirst} options={options} />
          <Select label={texts.second} value={imageReference(b)} onChange={setSecond} options={options} />
        </div>
      )}
    </Dialog>
  );
}
