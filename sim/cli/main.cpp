#include "sim/cli/commands.hpp"

int main(int argc, char** argv) { return twinvoice::cli::run_command_line(argc, argv); }
