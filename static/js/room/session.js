// @ts-check
/**
 * The session of this tab's participant, over a reload. It is taken out while a page uses it: a tab that is duplicated
 * gets a copy of the storage, and would push the first one out of the room.
 * @param {string} code of the room
 * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
 */
export function sessionOf(code, storage) {
  const key = `watchparty.session.${code}`;
  return {
    /** @returns {string | null} */
    take() {
      try {
        const session = storage.getItem(key);
        storage.removeItem(key);
        return session;
      } catch {
        return null; // storage is switched off: a reload makes a new participant
      }
    },
    /** @param {string | null} session */
    leave(session) {
      if (session === null) return;
      try {
        storage.setItem(key, session);
      } catch {
        // as above
      }
    },
  };
}
