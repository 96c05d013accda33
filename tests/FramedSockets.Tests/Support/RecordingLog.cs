using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tests.Support;

/// <summary>A log that keeps its lines.</summary>
internal sealed class RecordingLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(EventId Event, LogLevel Level, string Text)> _lines = new();

    /// <summary>The lines of one event, by the name of its method.</summary>
    public IReadOnlyList<string> Of(string name) => [.. _lines.Where(line => line.Event.Name == name).Select(line => line.Text)];

    /// <summary>Those at a level.</summary>
    public IReadOnlyList<string> At(LogLevel level) => [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId, logLevel, formatter(state, exception)));

    public void Dispose()
    {
    }
}
