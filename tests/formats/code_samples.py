"""A small file in each language, and what its definitions are: name, first and last line, indented as they lie."""

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

SAMPLES["wells.rb"] = (
    """# Water.
module Water
  class Pump < Well
    attr_reader :size

    # starts
    def start!(n)
      text = <<~END
        def not_here
      END
    end
    def self.make; end
    class << self
      def other; end
    end
  end
  class Deep::Well; end
end
""",
    """
Water 1
  Pump 3
    start! 6
    make 12
    other 14
  Deep::Well 17
""",
)

SAMPLES["wells.php"] = (
    """<h1>Wells</h1>
<?php
namespace App\\Water;

/** Lifts. */
#[Attribute]
final class Pump extends Well implements Deep {
    public function __construct(private int $a) {}
    // starts
    public static function start(?int $n): int {
        return $n;
    }
}
interface Deep { public function depth(); }
trait Wet {}
enum Kind: string { case A = 'a'; }
function go() {
}
?>
<p>The end.</p>
""",
    """
Pump 5
  __construct 8
  start 9
Deep 14
Wet 15
Kind 16
go 17
""",
)

SAMPLES["wells.swift"] = (
    """import Foundation

/// Lifts water.
@available(iOS 13, *)
public struct Pump: Well {
    init(a: Int) { }
    /* starts */
    func start() -> Int {
        return 1
    }
    deinit { }
}
extension Pump { func stop() {} }
protocol Well { func depth() -> Int }
enum Kind { case a }
actor Keeper {}
func main() {
}
""",
    """
Pump 3
  init 6
  start 7
  deinit 11
Pump 13
Well 14
Kind 15
Keeper 16
main 17
""",
)

SAMPLES["wells.kt"] = (
    """package water

/** Lifts water. */
data class Pump(val a: Int) {
    // starts it
    fun start(n: Int): Int = n

    companion object {
        fun make() = Pump(1)
    }
    constructor() : this(0) {
    }
}
object Store
enum class Kind { A, B }
fun Pump.stop() {
}
""",
    """
Pump 3
  start 5
  make 9
  constructor 11
Store 14
Kind 15
stop 16
""",
)

SAMPLES["wells.scala"] = (
    """package water

/** Lifts. */
case class Pump(a: Int) extends Well {
  // starts
  def start(n: Int): Int = n
  def stop(): Unit = {
    ()
  }
}
object Pump { def apply() = new Pump(1) }
trait Well { def depth: Int }
enum Kind { case A }
extension (p: Pump)
  def twice: Int = 2
""",
    """
Pump 3
  start 5
  stop 7
Pump 11
Well 12
Kind 13
twice 15
""",
)

SAMPLES["wells.sh"] = (
    """#!/bin/bash
set -e

# Starts.
start() {
  cat <<X
function not_here() {
X
}
function stop {
  echo
}
function go() ( echo )
start "$@"
""",
    """
start 4
stop 10
go 13
""",
)

SAMPLES["wells.lua"] = (
    """--[[ Water ]]
local M = {}

--- Starts
-- it.
function M.start(n)
  return n
end
local function stop()
end
M.go = function()
end
local fill = function(a)
end
function M:drain() end
return M
""",
    """
M.start 4
stop 9
M.go 11
fill 13
M:drain 15
""",
)

SAMPLES["Wells.hs"] = (
    """{-# LANGUAGE GADTs #-}
-- | Water.
module Wells where

import Data.List

-- | Depth of a well.
depth :: Int -> Int
depth 0 = 0
depth n = go n
  where
    go m = m + 1

data Pump = Pump { size :: Int }
  deriving Show
newtype Hose = Hose Int
class Well a where
  deep :: a -> Int
instance Well Pump where
  deep p = 1
type Name = String
""",
    """
depth 7
Pump 14
Hose 16
Well 17
  deep 18
Well for Pump 19
  deep 20
Name 21
""",
)

SAMPLES["wells.jl"] = (
    '''module Wells

"Lifts water."
function start(p::Pump, n)
    1
end
"""
Stops.
"""
stop(p) = 2
struct Pump{T} <: Well
    a::Int
end
abstract type Well end
macro now(x)
end
Base.show(io::IO, p::Pump) = print(io)
function Base.length(p::Pump) where T
end
limit = 3
end
''',
    """
Wells 1
  start 3
  stop 7
  Pump 11
  Well 14
  now 15
  Base.show 17
  Base.length 18
""",
)

SAMPLES["wells.ex"] = (
    '''defmodule Water.Pump do
  @moduledoc """
  Pumps.
  """
  use GenServer

  @doc "Starts."
  @spec start(integer) :: integer
  def start(0), do: 0
  def start(n) when n > 0 do
    n
  end

  # private
  defp stop, do: :ok
  defmacro now(x) do
    x
  end
  defimpl String.Chars, for: Pump do
    def to_string(p), do: ""
  end
end
defprotocol Water.Well do
  def depth(w)
end
''',
    """
Water.Pump 1
  start 7
  stop 14
  now 16
  String.Chars 19
    to_string 20
Water.Well 23
  depth 24
""",
)

SAMPLES["Pump.pm"] = (
    """package Water::Pump;
use strict;

=head2 start

Starts it.

sub not_here { }

=cut

sub start {
    my $x = shift;
    return "}";
}
# stops
sub stop { 1 }

package Water::Hose;
sub lay { }
1;
__END__

=head1 NAME

sub nor_here { }
""",
    """
Water::Pump 1
  start 4
  stop 16
Water::Hose 19
  lay 20
""",
)

SAMPLES["wells.sql"] = (
    """-- Wells.
CREATE TABLE IF NOT EXISTS wells (
  id int primary key
);
create or replace view deep as
select 1;
CREATE OR REPLACE FUNCTION water.fill(n int) RETURNS int AS $$
BEGIN
  RETURN n;

  SELECT 1;
END;
$$ LANGUAGE plpgsql;
CREATE PROCEDURE dbo.Drain @n int AS
BEGIN
  SELECT @n;
END
GO
INSERT INTO wells VALUES (1);
""",
    """
wells 1
deep 5
water.fill 7
dbo.Drain 14
""",
)

SAMPLES["wells.R"] = (
    """library(stats)

# Starts.
start.pump <- function(n) {
  n + 1
}
stop <- 3
depth = function(w) w$depth
""",
    """
start.pump 3
depth 8
""",
)

SAMPLES["wells.dart"] = (
    """import 'dart:io';

/// Lifts water.
@immutable
class Pump extends Well {
  const Pump({
    this.a,
  });
  // starts
  int start(int n) {
    if (n > 1) {
      return n;
    }
  }
  int get size => 1;
  static Future<void> stop() async {
    print(
      1,
    );
  }
}
mixin Deep on Well {}
enum Kind { a, b }
void main() {
  runApp(
    Pump(),
  );
}
""",
    """
Pump 3
  Pump 6
  start 9
  size 15
  stop 16
Deep 22
Kind 23
main 24
""",
)
