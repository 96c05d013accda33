using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Faults.Child;

/// <summary>A log that keeps nothing but how many lines of each event there were: what a server holds is measured.</summary>
internal sealed class CountingLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>How many lines of an event there were, by the name of its method.</summary>
    public int Count(string name) => _counts.GetValueOrDefault(name);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _ = _counts.AddOrUpdate(eventId.Name!, 1, (_, count) => count + 1);

    public void Dispose()
    {
    }
}
