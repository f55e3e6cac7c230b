import { useEffect, useState } from 'react';

/** A list rests when it has not moved for this long, in milliseconds. */
const REST_MS = 120;

let moving = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const waiting = new Set<() => void>();

/** Called for every movement of a list. */
export function noteScroll(): void {
  moving = true;
  clearTimeout(timer);
  timer = setTimeout(() => {
    moving = false;
    for (const wake of waiting) wake();
  }, REST_MS);
}

/** Whether a list is on the move right now. */
export function isMoving(): boolean {
  return moving;
}

/** Calls `wake` whenever a list has come to rest, until the returned function is called. */
export function onRest(wake: () => void): () => void {
  waiting.add(wake);
  return () => {
    waiting.delete(wake);
  };
}

/**
 * False while a list is on the move: rows come and go with every frame then, and what nobody can use meanwhile (their
 * buttons, their small charts) is better made when it rests. What was true once stays true.
 */
export function useSettled(): boolean {
  const [settled, setSettled] = useState(!moving);
  useEffect(() => {
    if (settled) return undefined;
    return onRest(() => {
      setSettled(true);
    });
  }, [settled]);
  return settled;
}
