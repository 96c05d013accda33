using Common;
using Spectre.Console;

namespace FileTransfer;

/// <summary>A progress bar on stderr, where that is a terminal: stdout has only the results.</summary>
internal static class TransferProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a transfer and shows how far it is.</summary>
    public static Task ShowAsync(OutgoingFile file, Func<Task> transfer) =>
        Console.IsErrorRedirected ? transfer() : OnTerminal().StartAsync(context => FollowAsync(context, file, transfer));

    private static Progress OnTerminal()
    {
        var terminal = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
        return terminal.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new RemainingTimeColumn());
    }

    private static async Task FollowAsync(ProgressContext context, OutgoingFile file, Func<Task> transfer)
    {
        var bar = context.AddTask(Markup.Escape(Printable.Of(file.Name)), maxValue: Math.Max(1, file.Length));
        var transferring = transfer();
        while (await Task.WhenAny(transferring, Task.Delay(Interval)) != transferring)
        {
            bar.Value = file.Progress;
        }

        await transferring;
        bar.Value = bar.MaxValue;
    }
}
