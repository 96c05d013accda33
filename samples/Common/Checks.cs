using System.CommandLine.Parsing;
using System.Globalization;

namespace Common;

/// <summary>Checks of arguments, made before a command runs.</summary>
public static class Checks
{
    /// <summary>A whole number within bounds; what is no number at all, the parser has refused already.</summary>
    public static Action<OptionResult> InRange(string option, long least, long most) => result =>
    {
        if (result.Tokens is [var token]
            && long.TryParse(token.Value, CultureInfo.InvariantCulture, out var value)
            && (value < least || value > most))
        {
            result.AddError($"{option} takes a number from {least} to {most}.");
        }
    };
}
