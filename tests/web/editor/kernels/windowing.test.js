// Long lists: which rows are on the page, which pages are read, where a dragged row goes.
import assert from "node:assert/strict";
import test from "node:test";
import { JobList } from "../../../../web/editor/client/job_list.js";
import { dropPlace, pagesOf, rowsInView } from "../../../../web/editor/kernels/windowing.js";

test("only the rows near the view are on the page", () => {
  const list = { height: 300, rowHeight: 50, total: 10_000, around: 2 };
  assert.deepEqual(rowsInView({ ...list, scrolled: 0 }), { first: 0, last: 8 });
  assert.deepEqual(rowsInView({ ...list, scrolled: 5025 }), { first: 98, last: 109 });
  assert.deepEqual(rowsInView({ ...list, scrolled: 499_900 }), { first: 9996, last: 10_000 });
  assert.deepEqual(rowsInView({ ...list, scrolled: 0, total: 0 }), { first: 0, last: 0 });
});

test("pages are those that the rows lie on", () => {
  assert.deepEqual(pagesOf({ first: 98, last: 101 }, 50), [1, 2]);
  assert.deepEqual(pagesOf({ first: 0, last: 50 }, 50), [0]);
  assert.deepEqual(pagesOf({ first: 5, last: 5 }, 50), []);
});

test("a dragged row goes beside the one under the pointer, or stays", () => {
  assert.deepEqual(dropPlace(3, 0, false), { side: "before", row: 0 });
  assert.deepEqual(dropPlace(0, 3, true), { side: "after", row: 3 });
  assert.equal(dropPlace(2, 2, true), null);
  assert.equal(dropPlace(2, 1, true), null);
  assert.equal(dropPlace(2, 3, false), null);
});

test("a long list is read page by page, once until it is refreshed", async () => {
  const asked = [];
  const server = {
    jobs: async ({ limit, offset }) => {
      asked.push(offset);
      return { jobs: Array.from({ length: limit }, (_none, index) => ({ id: `job ${offset + index}` })), pagination: { total: 5000 } };
    },
  };
  const list = new JobList(server, { states: ["completed"] });
  await list.need({ first: 0, last: 10 });
  await list.need({ first: 20, last: 30 });
  await list.need({ first: 4020, last: 4060 });
  assert.deepEqual(asked, [0, 4000, 4050]);
  assert.equal(list.at(4055).id, "job 4055");
  assert.equal(list.at(200), undefined);
  list.refresh();
  assert.equal(list.at(4055).id, "job 4055");
  await list.need({ first: 4055, last: 4056 });
  assert.equal(asked.length, 4);
});
