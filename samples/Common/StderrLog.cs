using Microsoft.Extensions.Logging;

namespace Common;

/// <summary>The library's log on stderr: who comes, who goes, and why.</summary>
public sealed class StderrLog : ILoggerFactory, ILogger
{
    private const string Listening = nameof(Listening);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is nothing but stderr.");

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // That the server listens stands on stdout.
        if (eventId.Name != Listening)
        {
            Console.Error.WriteLine(formatter(state, exception) + (exception is null ? "" : $" {Describe(exception)}"));
        }
    }

    public void Dispose()
    {
    }

    /// <summary>One line, unless it is a bug.</summary>
    private static string Describe(Exception exception) => Failures.IsExpected(exception) ? exception.Message : exception.ToString();
}
