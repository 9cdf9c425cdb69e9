"""Small files in further languages; `code_samples` has the first ones."""

from __future__ import annotations

__all__ = ["MORE_SAMPLES"]

MORE_SAMPLES: dict[str, tuple[str, str]] = {}

MORE_SAMPLES["wells.rb"] = (
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

MORE_SAMPLES["wells.php"] = (
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

MORE_SAMPLES["wells.swift"] = (
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

MORE_SAMPLES["wells.kt"] = (
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

MORE_SAMPLES["wells.scala"] = (
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

MORE_SAMPLES["wells.sh"] = (
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

MORE_SAMPLES["wells.lua"] = (
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

MORE_SAMPLES["Wells.hs"] = (
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

MORE_SAMPLES["wells.jl"] = (
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

MORE_SAMPLES["wells.ex"] = (
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

MORE_SAMPLES["Pump.pm"] = (
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
