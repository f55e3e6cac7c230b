import { useLayoutEffect, useState, type RefObject } from 'react';

/** Width of an element's inside in pixels, as it changes; `before` until the element is there. */
export function useWidth(ref: Readonly<RefObject<HTMLElement | null>>, before: number): number {
  const [width, setWidth] = useState(before);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => {
      observer.disconnect();
    };
  }, [ref]);
  return width;
}
