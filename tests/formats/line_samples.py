"""Small files in languages without a grammar, read line by line; as `code_samples`."""

from __future__ import annotations

__all__ = ["LINE_SAMPLES"]

LINE_SAMPLES: dict[str, tuple[str, str]] = {}

LINE_SAMPLES["wells.sql"] = (
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

LINE_SAMPLES["wells.R"] = (
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

LINE_SAMPLES["wells.dart"] = (
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
