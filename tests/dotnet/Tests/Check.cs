// SPDX-License-Identifier: MIT
// What tests say, and what runs them: each public static method of the classes in Program.cs is a test.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Mmview.Tests;

internal sealed class Failure(string message) : Exception(message);

internal static class Check
{
    private static readonly string s_folder =
        Directory.CreateTempSubdirectory("mmview-dotnet.").FullName;
    private static int s_number;

    public static void That(bool condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
            throw new Failure($"not so: {text}");
    }

    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string text = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new Failure($"{text} is {actual}, not {expected}");
    }

    /// <summary>The action throws exactly that, and names that parameter when it is given.</summary>
    public static T Throws<T>(Action action, string? parameter = null,
                              [CallerArgumentExpression(nameof(action))] string text = "") where T : Exception
    {
        try
        {
            action();
        }
        catch (T error) when (error.GetType() == typeof(T))
        {
            if (parameter is not null && (error as ArgumentException)?.ParamName != parameter)
                throw new Failure(
                    $"{text}: the parameter is {(error as ArgumentException)?.ParamName}, not {parameter}");
            return error;
        }
        catch (Exception error) when (error is not Failure)
        {
            throw new Failure($"{text} throws {error.GetType()}, not {typeof(T)}: {error.Message}");
        }
        throw new Failure($"{text} throws nothing, not {typeof(T)}");
    }

    /// <summary>The same, also for what is derived from it.</summary>
    public static T ThrowsAny<T>(Action action, [CallerArgumentExpression(nameof(action))] string text = "")
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T error)
        {
            return error;
        }
        catch (Exception error) when (error is not Failure)
        {
            throw new Failure($"{text} throws {error.GetType()}, no {typeof(T)}: {error.Message}");
        }
        throw new Failure($"{text} throws nothing, no {typeof(T)}");
    }

    /// <summary>A new path, of a file of that many bytes when they are given.</summary>
    public static string NewFile(long length = -1)
    {
        string path = Path.Combine(s_folder, $"file{++s_number}");
        if (length >= 0)
            using (FileStream file = File.Create(path))
                file.SetLength(length);
        return path;
    }

    public static string NewName() => $"dotnet-test-{Environment.ProcessId}-{++s_number}";

    public static void CleanUp() => Directory.Delete(s_folder, true);

    public static int RunAll(string? only, params Type[] classes)
    {
        int passed = 0, failed = 0;
        foreach (Type type in classes)
        {
            foreach (MethodInfo test in type.GetMethods(BindingFlags.Public | BindingFlags.Static |
                                                        BindingFlags.DeclaredOnly)
                                            .Where(test => only is null || $"{type.Name}.{test.Name}".Contains(only)))
            {
                try
                {
                    test.CreateDelegate<Action>()();
                    passed++;
                }
                catch (Exception error)
                {
                    failed++;
                    string why = error is Failure ? $"{error.Message}\n{Place(error)}" : error.ToString();
                    Console.WriteLine($"FAILED: {type.Name}.{test.Name}: {why}");
                }
            }
        }
        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static string Place(Exception error) =>
        string.Join('\n', (error.StackTrace ?? "").Split('\n').Where(line => !line.Contains("Tests.Check.")).Take(3));
}
