"""Small files in eleven languages, and what their definitions are: name, first and last line, indented as they lie."""

from __future__ import annotations

__all__ = ["SAMPLES"]

SAMPLES: dict[str, tuple[str, str]] = {}
"""{file name: (source, outline)}; a definition's first line is that of the comment above it."""

SAMPLES["wells.py"] = (
    '''#!/usr/bin/env python
"""Wells and pumps.

def not_here(): ...
"""
import os

# the depth
LIMIT = 3


@decorated
# for now
class Pump:
    """Pumps water."""

    async def start(
        self,
    ) -> None:
        text = """
def nor_here():
    """
        def inner():
            def deepest():
                def too_deep(): pass

    size = 1

LAST = "# def x():"
''',
    """
Pump 12
  start 17
    inner 23
      deepest 24
""",
)

SAMPLES["wells.js"] = (
    """import x from "y";

/**
 * Starts a pump.
 */
export async function start(n) {
  const local = () => {
    return 1;
  };
}

export default class Well extends Base {
  #depth = 0;
  constructor() { super(); }
  static async *dig(n) {
  }
}
const stop = (n) => {
};
exports.drain = function () {
};
var options = {
  fill: function () {
  },
};
if (a) { start(1); }
""",
    """
start 3
  local 7
Well 12
  constructor 14
  dig 15
stop 18
exports.drain 20
fill 23
""",
)

SAMPLES["wells.ts"] = (
    """/** Lifts water. */
@Component({ tag: "pump" })
export class Pump<T> extends Well {
  private size = 1;
  constructor(private b: number) {
    super();
  }

  // starts it
  async start(n: number): Promise<void> {
  }
  stop = (n: number): void => {
  };
}
interface Deep {
  depth(): number;
}
export type Name = string;
export abstract class Base {
}
enum Kind { A }
namespace Water {
  export function flow() {}
}
export const go = async <T>(a: T): Promise<void> => {
};
""",
    """
Pump 1
  constructor 5
  start 9
  stop 12
Deep 15
Name 18
Base 19
Kind 21
Water 22
  flow 23
go 25
""",
)

SAMPLES["wells.tsx"] = (
    """// Shows a well.
export function Well({ depth }: Props) {
  return <div className="well">{depth} if (a) class</div>;
}
const Pump: FC = () => {
  return <Well depth={3} />;
};
""",
    """
Well 1
Pump 5
""",
)

SAMPLES["Pump.java"] = (
    """package water;

/**
 * Lifts water.
 */
@Deprecated
public class Pump<T> extends Well {
    Pump(int a) { }

    /** Starts. */
    @Override
    public int start(int n) throws Empty {
        if (n > 1) { go(); }
        return n;
    }
    enum Kind { A }
    record Size(int a) { }
}
interface Well { int depth(); }
@interface Tested { }
""",
    """
Pump 3
  Pump 8
  start 10
  Kind 16
  Size 17
Well 19
Tested 20
""",
)

SAMPLES["wells.c"] = (
    """#include <stdio.h>
#define MAX(a, b) \\
    ((a) > (b) ? (a) : (b))

/* A well. */
struct well {
    int depth;
};
typedef struct {
    int size;
} pump_t;
enum kind { A };

static int depth(struct well *w);

// Starts.
static char *
start(int n, char *name)
{
#if DEBUG
    log(n);
#else
    (void)n;
#endif

    return name;
}
int (*chosen(void))(int) { return 0; }
""",
    """
MAX 2
well 5
pump_t 9
kind 12
start 16
chosen 28
""",
)

SAMPLES["wells.cpp"] = (
    """namespace water {

// Lifts.
template <typename T>
class Pump : public Well<T> {
 public:
  Pump(int a) : a_(a) {}
  ~Pump();
  /* starts */
  int start(int n) const override {
    return n;
  }
  bool operator==(const Pump& other) const { return true; }
};
template <typename T>
int Pump<T>::stop(int n) {
}
enum class Kind { A };
std::string& name() {
}
}  // namespace water
""",
    """
water 1
  Pump 3
    Pump 7
    start 9
    operator== 13
  Pump<T>::stop 15
  Kind 18
  name 19
""",
)

SAMPLES["Pump.cs"] = (
    """using System;

namespace Water
{
    /// <summary>Lifts.</summary>
    [Serializable]
    public class Pump : Well
    {
        public Pump(int a) { }
        public int Size { get; set; }
        // Starts.
        public async Task<int> Start<T>(int n)
        {
            return n;
        }
    }
    interface IWell { int Depth(); }
    public record Hose(int Length);
    struct Size { }
    enum Kind { A }
}
""",
    """
Water 3
  Pump 5
    Pump 9
    Start 11
  IWell 17
  Hose 18
  Size 19
  Kind 20
""",
)

SAMPLES["wells.go"] = (
    """package water

// Pump lifts.
type Pump struct {
	size int
}

type (
	A int
	// B is deep.
	B interface{ Depth() int }
)

// Start starts.
func (p *Pump) Start(n int) int {
	return n
}
func (l List[T]) Len() int { return 1 }
func main() {
}
""",
    """
Pump 3
A 9
B 10
Pump.Start 14
List.Len 18
main 19
""",
)

SAMPLES["wells.rs"] = (
    """//! Water.

/// Lifts.
#[derive(Debug)]
pub struct Pump<T> {
    size: T,
}
impl<T> Well for Pump<T> {
    /// Starts.
    fn start(&self) -> i32 {
        1
    }
}
impl Pump<i32> {
    pub async fn stop(&self) {}
}
pub trait Well { fn depth(&self); }
enum Kind { A }
mod inner {
    fn deep<'a>() {}
}
mod outer;
macro_rules! now { () => {} }
""",
    """
Pump 3
Well for Pump<T> 8
  start 9
Pump<i32> 14
  stop 15
Well 17
Kind 18
inner 19
  deep 20
now 23
""",
)
