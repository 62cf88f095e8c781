// Cells of tables that people open in spreadsheets.
#include "sim/base/csv.hpp"

#include <gtest/gtest.h>

namespace twinvoice {
namespace {

TEST(CsvCell, what_a_spreadsheet_would_compute_stands_behind_an_apostrophe) {
  EXPECT_EQ(csv_cell("=1+1"), "'=1+1");
  EXPECT_EQ(csv_cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_cell("+cmd|'/c calc'!A1"), "'+cmd|'/c calc'!A1");
  EXPECT_EQ(csv_cell("-2+3"), "'-2+3");
  EXPECT_EQ(csv_cell("\tx"), "'\tx");
  EXPECT_EQ(csv_cell("\rx"), "\"'\rx\"");
  EXPECT_EQ(csv_cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
}

TEST(CsvCell, numbers_and_plain_texts_stay_as_they_are) {
  for (const char* text : {"-5", "+0.25", "-1e-9", "a=b", "", "a-b", "5 ms"}) EXPECT_EQ(csv_cell(text), text);
  EXPECT_EQ(csv_cell("-inf"), "'-inf");
}

}  // namespace
}  // namespace twinvoice
