#pragma once
// The rows of the commands, by what one does with them, and the options that several rows share.

#include "server/ctl/command.hpp"

namespace sluice::ctl {

std::vector<Command> setting_up();
std::vector<Command> living();
std::vector<Command> watching();
std::vector<Command> administering();

// The member of the query or the body has the option's name, with _ for -.
/// A parameter of the query.
Option filter(std::string name, std::string value, std::string meaning, std::vector<std::string> choices = {});
/// A member of the body.
Option member(std::string name, std::string value, std::string meaning, std::vector<std::string> choices = {});
Option list_member(std::string name, std::string value, std::string meaning, Form form = Form::list);
Option query_flag(std::string name, std::string meaning);
Option body_flag(std::string name, std::string meaning);
Option required(Option option);
Option frequency();
Option start_date();
Option on_new_fields();
Option of_integration();
Option of_table();
Option reason();
Option until();
Option pause_mode();
Option reload_mode();

}  // namespace sluice::ctl
